"""Fetch files from a chain of sources: each may fail, none may hang, all are verified."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import TypeVar

# Seconds without progress after which a source counts as unreachable: with the time to start and to
# stop, it has given up within ten.
PATIENCE = 9.0
ENOUGH = 16384  # bytes that count as progress; a server that drips single bytes is not making any
MAX_BYTES = 1 << 28  # no file here is larger; stops a wrong server from filling memory

log = logging.getLogger("fplib.data")
Loaded = TypeVar("Loaded")


class SourceError(Exception):
    """Say in one line why a source could not be used; the next source is tried."""


class DataUnavailableError(RuntimeError):
    """Say that no source worked: each with its reason, and how to place the files by hand."""


def sha256(content: bytes | memoryview) -> str:
    """Return the sha256 of `content` as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def check_sha256(name: str, content: bytes, expected: str) -> None:
    """Refuse `content` unless its sha256 is `expected`.

    Raises:
        SourceError: with both sums.
    """
    received = sha256(content)
    if received != expected:
        raise SourceError(
            f"{name}: {len(content)} bytes with sha256 {received[:12]}…, expected "
            f"{expected[:12]}…; cut short, changed, or another file"
        )


def download(url: str, *, patience: float = PATIENCE, max_bytes: int = MAX_BYTES) -> bytes:
    """Return what is at `url`, or give up after `patience` seconds without progress.

    A socket's own timeout covers neither name look-up nor a server that sends a byte now and then,
    so a thread does the work and is left behind when it stalls. Proxies and certificates are those
    of `urllib`: `https_proxy`, `no_proxy`, `SSL_CERT_FILE`.

    Args:
        url: address, http(s).
        patience: seconds without progress after which to give up.
        max_bytes: refuse anything larger.

    Raises:
        SourceError: naming the address and the reason.
    """
    chunks: list[bytes] = []
    failure: list[BaseException] = []
    abandoned = threading.Event()

    def work() -> None:
        try:
            request = urllib.request.Request(url, headers={"User-Agent": "fplib"})
            # Not `urlopen`, which keeps the proxies of the first call for good.
            opener = urllib.request.build_opener()
            with opener.open(request, timeout=patience) as response:
                expected = response.headers.get("Content-Length")
                received = 0
                while not abandoned.is_set() and (chunk := response.read1(1 << 16)):
                    chunks.append(chunk)
                    received += len(chunk)
                    if received > max_bytes:
                        raise SourceError(f"more than the {max_bytes} bytes allowed")
                if expected is not None and received != int(expected):
                    raise SourceError(f"connection closed after {received} of {expected} bytes")
        except BaseException as error:  # handed to the caller's thread
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            failure.append(error)

    worker = threading.Thread(target=work, daemon=True, name="fplib-download")
    worker.start()
    wait(
        worker.is_alive,
        lambda: sum(map(len, chunks)),
        patience,
        what=redacted(url),
        cancel=abandoned.set,
    )
    if failure:
        raise SourceError(f"{redacted(url)}: {_reason(failure[0])}") from failure[0]
    return b"".join(chunks)


def redacted(text: str) -> str:
    """Return `text` without the user and password that addresses in it may carry."""
    return re.sub(r"//[^/@\s]+@", "//", text)


def _reason(error: BaseException) -> str:
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        return str(error.reason)
    return str(error) or type(error).__name__


def wait(
    running: Callable[[], bool],
    progress: Callable[[], int],
    patience: float,
    *,
    what: str,
    cancel: Callable[[], None],
    enough: int = ENOUGH,
) -> None:
    """Wait until `running()` is false, or cancel when `progress()` stands still.

    Args:
        running: whether there is still something to wait for.
        progress: a measure of the work done, such as bytes.
        patience: seconds of standing still that are allowed.
        what: name of the work, for the message.
        cancel: stops it.
        enough: the smallest change that counts as progress.

    Raises:
        SourceError: if it was cancelled.
    """
    marked, since, pause = progress(), time.monotonic(), 0.005
    while running():
        time.sleep(pause)
        pause = min(2 * pause, 0.1)
        now, amount = time.monotonic(), progress()
        if abs(amount - marked) >= enough:
            marked, since = amount, now
        elif now - since > patience:
            cancel()
            raise SourceError(f"{what}: no progress for {patience:g} s")


def first_of(
    sources: Sequence[tuple[str, Callable[[], Loaded]]], *, by_hand: str
) -> tuple[str, Loaded]:
    """Return the name and the result of the first source that works.

    Args:
        sources: pairs of a name and a function that returns verified data or raises `SourceError`.
        by_hand: how the user can place the files without any of the sources.

    Raises:
        DataUnavailableError: if none works, with the reason of each.
    """
    reasons: list[str] = []
    for name, load in sources:
        try:
            return name, load()
        except SourceError as error:
            log.info("%s failed: %s", name, error)
            reasons.append(f"  {len(reasons) + 1}. {name}: {error}")
    listed = "\n".join(reasons)
    raise DataUnavailableError(f"no source of the data worked.\n{listed}\n{by_hand}") from None
