"""Files: what is written comes back to the bit, what is damaged or hostile is refused."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import fplib as fp
from fplib import archive

ARRAYS = {
    "float32": np.arange(6, dtype=np.float32).reshape(2, 3),
    "group/float64": np.array([np.pi, -0.0, np.inf, np.nan]),
    "group/int32": np.array(7, np.int32),
    "empty": np.zeros((0, 3)),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "flags": np.array([True, False]),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small archive."""
    return archive.write(tmp_path / "file.zip", {"kind": "test", "text": "µ"}, ARRAYS)


def test_round_trip(file: Path) -> None:
    meta, arrays = archive.read(file)
    assert meta == {"kind": "test", "text": "µ", "format": 2}
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert (arrays[name].dtype, arrays[name].shape) == (array.dtype, array.shape)
        assert arrays[name].tobytes() == array.tobytes()


def test_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = archive.write(tmp_path / "a" / "b.zip", {}, ARRAYS)
    assert path == tmp_path / "a" / "b.zip"
    assert [p.name for p in path.parent.iterdir()] == ["b.zip"]


def test_a_write_that_fails_leaves_the_old_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()
    write = np.lib.format.write_array

    def full(fid: object, array: np.ndarray, **options: object) -> None:
        if array is ARRAYS["fortran"]:
            raise OSError(28, "No space left on device")
        write(fid, array, **options)

    monkeypatch.setattr(np.lib._npyio_impl.format, "write_array", full)
    with pytest.raises(OSError, match="No space left"):
        archive.write(file, {"kind": "new"}, ARRAYS)
    assert file.read_bytes() == before
    assert [p.name for p in file.parent.iterdir()] == ["file.zip"]


def test_every_truncation_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    for length in (*range(0, len(whole), 41), len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"file\.zip is not an fplib archive or is damaged"):
            archive.read(file)


def flipped(file: Path, step: int) -> Iterator[dict[str, np.ndarray] | Exception]:
    """What reading gives, or raises, after each of many single changes."""
    whole = file.read_bytes()
    for place in range(0, len(whole), step):
        changed = bytearray(whole)
        changed[place] ^= 0x55
        file.write_bytes(changed)
        try:
            yield archive.read(file)[1]
        except Exception as error:
            yield error


def test_a_flipped_byte_never_changes_an_array(file: Path) -> None:
    """Names and times in the zip's own headers are not protected; contents are."""
    found = list(flipped(file, 3))
    assert sum(isinstance(f, Exception) for f in found) > len(found) / 3
    for arrays in (f for f in found if not isinstance(f, Exception)):
        for name in set(arrays) & set(ARRAYS):
            assert arrays[name].tobytes() == ARRAYS[name].tobytes()


def test_a_flipped_byte_is_reported_as_damage(file: Path) -> None:
    errors = {type(f).__name__ for f in flipped(file, 1) if isinstance(f, Exception)}
    assert errors == {"ValueError"}


@pytest.mark.parametrize("meta", ["[1]", '{"format": 1, "kind": "model"}'])
def test_a_document_of_another_kind_is_refused(meta: str, tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as other:
        other.writestr("meta.json", meta)
    with pytest.raises(ValueError, match=r"other\.zip"):
        fp.load(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", pickle.dumps([1]), b"\0" * 5000])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="other is not an fplib archive or is damaged"):
        archive.read(path)


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as other:
        other.writestr("holiday.txt", "sun")
    with pytest.raises(ValueError, match="not an fplib archive"):
        archive.read(path)


def test_missing_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        archive.read(tmp_path / "nothing.zip")


def test_newer_format_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(archive, "FORMAT", 3)
        archive.write(file, {}, {})
    with pytest.raises(ValueError, match=r"has format 3; this fplib reads formats 1 to 2\. Update"):
        archive.read(file)


class Bomb:
    """Unpickling this creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.path),)


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    """A stranger's file with a pickled array: refused, and nothing in it has run."""
    trace = tmp_path / "trace"
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.array([Bomb(trace)], object), allow_pickle=True)
    path = tmp_path / "hostile.zip"
    with zipfile.ZipFile(path, "w") as hostile:
        hostile.writestr("meta.json", json.dumps({"format": 1, "kind": "model"}))
        hostile.writestr("means.npy", buffer.getvalue())
    for read in (archive.read, fp.load):
        with pytest.raises(ValueError, match=r"hostile\.zip .*Object arrays cannot be loaded"):
            read(path)
    assert not trace.exists()
    np.load(io.BytesIO(buffer.getvalue()), allow_pickle=True)
    assert trace.exists()  # the bomb was live


def test_objects_are_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        archive.write(tmp_path / "x.zip", {}, {"x": np.array([{}], object)})
    assert not list(tmp_path.iterdir())


def test_nothing_is_extracted(tmp_path: Path) -> None:
    """A name that climbs out of the folder is a name and nothing more."""
    path = tmp_path / "inner" / "x.zip"
    archive.write(path, {}, {"../escaped": np.ones(2)})
    _, arrays = archive.read(path)
    assert list(arrays) == ["../escaped"]
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["inner", "x.zip"]
