"""Files and folders that are written whole or not at all, and one at a time."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import filelock


class BusyError(RuntimeError):
    """Another process is at work on the same thing."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or all of the new, never a part of it."""
    # Not `tempfile`, whose files only their owner may read: a folder may be shared.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


@contextlib.contextmanager
def folder_atomically(path: Path) -> Iterator[Path]:
    """Fill a folder under another name; it takes the place of `path` when all went well.

    Args:
        path: the folder, which may exist; its old content goes when the new is complete.

    Yields:
        The empty folder to fill.
    """
    mark = secrets.token_hex(4)
    temporary, old = (path.with_name(f".{path.name}.{mark}.{end}") for end in ("tmp", "old"))
    temporary.mkdir(parents=True)
    try:
        yield temporary
        if path.exists():
            os.replace(path, old)
        os.replace(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def sweep(folder: Path, name: str = "") -> None:
    """Remove what a killed process left half-written.

    Args:
        folder: where to look.
        name: of the file or folder whose temporary forms are meant; those of all when omitted.
    """
    for path in folder.glob(f".{name}*"):
        if path.suffix in (".tmp", ".old"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@contextlib.contextmanager
def alone(path: Path, what: str, wait: bool = True) -> Iterator[None]:
    """Hold a lock; a second process waits, or is refused.

    The lock goes with the process, so a killed one blocks nobody.

    Args:
        path: file of the lock.
        what: what is being done, for the message.
        wait: whether to wait for the other.

    Raises:
        BusyError: another process holds it and `wait` is not set.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(path, timeout=-1 if wait else 0, is_singleton=True)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise BusyError(
            f"{what} is at work in another process; try again when it is done"
        ) from None
    try:
        yield
    finally:
        lock.release()
