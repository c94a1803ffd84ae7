"""The IDX format of the original MNIST files: a big-endian header, then unsigned bytes."""

from __future__ import annotations

import gzip
import io
import struct
import zlib

import numpy as np

from fplib.data.sources import SourceError

UNSIGNED_BYTE = 0x08


def encode(values: np.ndarray) -> bytes:
    """Return a uint8 array as the bytes of an IDX file: magic number, dimensions, values."""
    header = struct.pack(">HBB", 0, UNSIGNED_BYTE, values.ndim)
    header += struct.pack(f">{values.ndim}I", *values.shape)
    return header + np.ascontiguousarray(values, dtype=np.uint8).tobytes()


def decode(content: bytes) -> np.ndarray:
    """Return the uint8 array in an IDX file, as a view of its bytes.

    Raises:
        SourceError: if header and length do not agree.
    """
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise SourceError("not an IDX file of unsigned bytes")
    ndim = content[3]
    start = 4 + 4 * ndim
    if len(content) < start:
        raise SourceError("IDX header cut short")
    shape = struct.unpack(f">{ndim}I", content[4:start])
    if len(content) - start != int(np.prod(shape, dtype=np.int64)):
        raise SourceError(f"IDX header says {shape}, but {len(content) - start} bytes follow")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def gunzip(content: bytes, size: int) -> bytes:
    """Return the unpacked content, or the content itself if it is not packed.

    Args:
        content: bytes of a file.
        size: bytes expected; at most one more is unpacked, enough to see that there are too many.

    Raises:
        SourceError: if the gzip stream is damaged.
    """
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            return file.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"damaged gzip file ({error})") from error
