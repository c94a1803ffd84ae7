import gzip

import numpy as np
import pytest

from fplib.data import idx
from fplib.data.sources import SourceError

IMAGES = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def test_bytes_are_those_of_the_format():
    assert idx.encode(IMAGES) == bytes.fromhex("00000803 00000002 00000003 00000004") + bytes(
        range(24)
    )


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (0, 3), (1, 1, 1, 1)])
def test_decode_is_the_inverse_of_encode(shape):
    values = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    decoded = idx.decode(idx.encode(values))
    assert decoded.dtype == np.uint8
    assert decoded.shape == shape
    assert np.array_equal(decoded, values)


def test_encode_does_not_depend_on_memory_order():
    assert idx.encode(np.asfortranarray(IMAGES)) == idx.encode(IMAGES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file"),
        (b"\x89PNG\r\n", "not an IDX file"),
        (b"\0\0\x0d\x01" + bytes(8), "not an IDX file"),  # floats
        (idx.encode(IMAGES)[:10], "header cut short"),
        (idx.encode(IMAGES)[:-1], "but 23 bytes follow"),
        (idx.encode(IMAGES) + b"\0", "but 25 bytes follow"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "bytes follow"),  # a size that would overflow
    ],
)
def test_damaged_files_are_refused(content, message):
    with pytest.raises(SourceError, match=message):
        idx.decode(content)


def test_gunzip_passes_plain_bytes_through():
    assert idx.gunzip(b"\0\0\x08\x01plain", 100) == b"\0\0\x08\x01plain"
    assert idx.gunzip(gzip.compress(b"packed"), 100) == b"packed"


def test_gunzip_unpacks_no_more_than_asked():
    bomb = gzip.compress(bytes(10_000_000))
    assert len(idx.gunzip(bomb, 1000)) == 1001


@pytest.mark.parametrize("damage", ["cut", "flip", "tail"])
def test_damaged_gzip_is_refused(damage):
    packed = bytearray(gzip.compress(bytes(range(256)) * 10))
    if damage == "cut":
        packed = packed[: len(packed) // 2]
    elif damage == "flip":
        packed[20] ^= 0xFF
    else:
        packed[-5] ^= 0xFF  # the check sum
    with pytest.raises(SourceError, match="damaged gzip"):
        idx.gunzip(bytes(packed), 100_000)
