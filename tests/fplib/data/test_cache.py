import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from fplib.data import cache
from fplib.data.cache import cache_folder, lock, write_atomically

HOLDER = """
import sys, time
from fplib.data.cache import lock
with lock(sys.argv[1]) as held:
    print(held, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Run another process that holds the lock until it is killed."""
    root = str(Path(cache.__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / ".lock")],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": root},
    )
    assert process.stdout.readline().strip() == b"True"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_argument_before_variable_before_platform(monkeypatch, tmp_path):
    monkeypatch.setenv("FPLIB_CACHE", str(tmp_path / "variable"))
    assert cache_folder("mnist", tmp_path / "argument") == tmp_path / "argument" / "mnist"
    assert cache_folder("mnist") == tmp_path / "variable" / "mnist"
    monkeypatch.setenv("FPLIB_CACHE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder("mnist") == tmp_path / "xdg" / "fplib" / "mnist"


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", ".cache/fplib/mnist"),
        ("darwin", "Library/Caches/fplib/mnist"),
        ("win32", "AppData/Local/fplib/mnist"),
    ],
)
def test_platform_folder(monkeypatch, tmp_path, platform, expected):
    for variable in ("FPLIB_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache_folder("mnist") == tmp_path / expected
    assert not (tmp_path / expected).exists()


def test_write_replaces_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "file"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


def test_a_failed_write_leaves_the_old_file(monkeypatch, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_shared_cache_can_be_read_by_others(tmp_path):
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path / "file", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


def test_readers_never_see_a_part(tmp_path):
    path = tmp_path / "file"
    contents = [bytes([value]) * 300_000 for value in (1, 2)]
    write_atomically(path, contents[0])
    stop = threading.Event()

    def keep_writing():
        while not stop.is_set():
            for content in contents:
                write_atomically(path, content)

    writers = [threading.Thread(target=keep_writing) for _ in range(2)]
    for writer in writers:
        writer.start()
    seen = [path.read_bytes() in contents for _ in range(200)]
    stop.set()
    for writer in writers:
        writer.join()
    assert all(seen)


def test_lock_waits_for_the_holder_then_gives_up(holder, tmp_path):
    start = time.monotonic()
    with lock(tmp_path / ".lock", patience=0.3) as held:
        assert not held
    assert 0.2 < time.monotonic() - start < 5


def test_lock_of_a_killed_process_is_free(holder, tmp_path):
    threading.Timer(0.3, holder.kill).start()
    start = time.monotonic()
    with lock(tmp_path / ".lock", patience=30) as held:
        assert held
    assert time.monotonic() - start > 0.2


def test_lock_can_be_taken_again(tmp_path):
    for _ in range(2):
        with lock(tmp_path / ".lock", patience=0) as held:
            assert held


@pytest.mark.skipif(sys.platform == "win32", reason="fcntl")
def test_a_file_system_without_locks_does_not_stop_us(monkeypatch, tmp_path):
    import fcntl

    def no_locks(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    start = time.monotonic()
    with lock(tmp_path / ".lock") as held:
        assert held is False
    assert time.monotonic() - start < 1
