"""Where fetched files are kept between runs, safely for several processes at once."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from fplib.files import write_atomically

__all__ = ["cache_folder", "keep", "lock", "locked_folder", "write_atomically"]

log = logging.getLogger("fplib.data")


def cache_folder(name: str, cache: str | os.PathLike | None = None) -> Path:
    """Return the folder that caches data set `name`, without creating it.

    Args:
        name: data set, the last part of the path.
        cache: folder to use; by default `FPLIB_CACHE`, else the user's cache folder.
    """
    if cache is None:
        cache = os.environ.get("FPLIB_CACHE") or None
    if cache is None:
        if sys.platform == "win32":
            base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        cache = Path(base) / "fplib"
    return Path(cache).expanduser().absolute() / name


@contextlib.contextmanager
def lock(path: Path, patience: float = 300.0) -> Iterator[bool]:
    """Hold `path` as a lock between processes; the system frees it when the holder dies.

    The lock saves a second download and nothing else: files are replaced atomically and verified on
    reading. So where locks do not work, or the holder takes for ever, we go on without.

    Args:
        path: file to lock, created if missing.
        patience: seconds to wait for another holder.

    Yields:
        Whether the lock is held.
    """
    deadline = time.monotonic() + patience
    with open(path, "a+b") as file:
        held = _try_lock(file)
        if held is False:
            log.info("another process is fetching the same files; waiting for it")
        while held is False and time.monotonic() < deadline:
            time.sleep(0.1)
            held = _try_lock(file)
        yield bool(held)  # closing the file frees the lock


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold a cache folder's lock if there can be one; an unwritable cache is no reason to stop."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(lock(folder / ".lock"))
        yield


def keep(path: Path, content: bytes) -> None:
    """Put a file into a cache folder, and sweep away what killed processes left there.

    Raises:
        OSError: the folder cannot be written.
    """
    for old in path.parent.glob(".*.tmp"):
        if time.time() - old.stat().st_mtime > 3600:
            old.unlink(missing_ok=True)
    write_atomically(path, content)


def _try_lock(file: BinaryIO) -> bool | None:
    """Return whether the lock was taken, or None where locks do not work."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True
