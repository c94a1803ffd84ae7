"""Rendered lattices between runs: one npz for each setting of the generator, checked on reading."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import warnings
from pathlib import Path

import numpy as np

from fplib.data.cache import cache_folder, keep, locked_folder
from fplib.data.lattice.mechanics import KINDS
from fplib.data.lattice.photograph import photograph
from fplib.data.lattice.specimens import PHOTOGRAPH, Specimens, stream
from fplib.data.sources import sha256

VERSION = 1  # of the generator; raise it when the same settings give other specimens

log = logging.getLogger("fplib.data")


def photographs(
    specimens: Specimens, spread: float, pixels: int, cache: str | os.PathLike | None
) -> np.ndarray:
    """Return the photographs of lattices (N, P, P) uint8, from the cache if they are in it.

    Args:
        specimens: what to photograph.
        spread: difficulty dial they were drawn with.
        pixels: edge P of a photograph.
        cache: folder of the cache; see `fplib.data.cache.cache_folder`.
    """
    settings = {
        "version": VERSION,
        "spread": float(spread),
        "pixels": int(pixels),
        "seed": int(specimens.seed),
        **{kind: int(np.sum(specimens.labels == k)) for k, kind in enumerate(KINDS)},
    }
    key = sha256(json.dumps(settings, sort_keys=True).encode())
    folder = cache_folder("lattice", cache)
    path = folder / f"{key[:20]}.npz"
    found = _read(path, key, specimens, pixels)
    if found is not None:
        return found
    with locked_folder(folder):
        found = _read(path, key, specimens, pixels)  # another process may have rendered them
        if found is None:
            found = render(specimens, pixels)
            _write(path, key, specimens, found)
    return found


def render(specimens: Specimens, pixels: int) -> np.ndarray:
    """Photograph every lattice, (N, P, P) uint8."""
    log.info("rendering %d lattices at %d pixels", len(specimens.ids), pixels)
    images = []
    for index, label in enumerate(specimens.labels):
        kind, number = KINDS[label], specimens.number(index)
        prints = specimens.prints[kind]
        images.append(
            photograph(
                kind,
                float(prints.density[number]),
                float(prints.quality[number]),
                int(prints.holes[number]),
                pixels,
                stream(specimens.seed, kind, number, PHOTOGRAPH),
            )
        )
    return np.stack(images)


def digest(key: str, images: np.ndarray, curve: np.ndarray) -> str:
    """Return the sha256 of specimens made with the settings `key`."""
    content = hashlib.sha256(key.encode())
    for array in (images, curve):
        content.update(np.ascontiguousarray(array).tobytes())
    return content.hexdigest()


def _read(path: Path, key: str, specimens: Specimens, pixels: int) -> np.ndarray | None:
    """Return the cached photographs, or None if they are missing, damaged or of other lattices."""
    n = len(specimens.ids)
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            size = n * pixels**2 + specimens.curve.nbytes + 4096
            if sum(member.file_size for member in archive.zip.infolist()) > size:
                raise ValueError("too large when unpacked")
            images, curve = archive["photographs"], archive["curve"]
            if images.shape != (n, pixels, pixels) or images.dtype != np.uint8:
                raise ValueError(f"photographs {images.shape} of {images.dtype}")
            if archive["digest"].item() != digest(key, images, curve):
                raise ValueError("its content does not match its digest")
            # Curves are drawn anew in every run; another NumPy may round the last digit otherwise.
            if not np.allclose(curve, specimens.curve, rtol=1e-4, atol=1e-4):
                raise ValueError("the curves are of other lattices")
    except FileNotFoundError:
        return None
    except Exception as error:  # a file in a cache may be anything at all
        log.info("%s is not used, the lattices are rendered again: %s", path, error)
        return None
    return images


def _write(path: Path, key: str, specimens: Specimens, images: np.ndarray) -> None:
    content = io.BytesIO()
    np.savez_compressed(
        content,
        photographs=images,
        curve=specimens.curve,
        digest=np.array(digest(key, images, specimens.curve)),
    )
    try:
        keep(path, content.getvalue())
    except OSError as error:
        warnings.warn(
            f"lattices could not be cached in {path.parent}: {error}; set FPLIB_CACHE.",
            stacklevel=4,
        )
