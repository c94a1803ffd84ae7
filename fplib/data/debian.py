"""Fetch a package of Debian without installing it or running anything in it."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from fplib.data.sources import PATIENCE, SourceError, redacted, wait

MAGIC = b"!<arch>\n"
HEADER = 60  # bytes before each member of an `ar` archive; characters 48 to 57 are its size


def fetch_package(requirement: str, *, patience: float = PATIENCE) -> bytes:
    """Return the bytes of a package, by the system's own client; no rights are needed for it.

    Args:
        requirement: exact, such as "dataset-fashion-mnist=0.0~git20200523.55506a9-1".
        patience: seconds without progress after which the archive counts as unreachable.

    Raises:
        SourceError: if it cannot be had. The caller checks the sha256.
    """
    client = shutil.which("apt-get")
    if client is None:
        raise SourceError("no apt-get here")
    with tempfile.TemporaryDirectory(prefix="fplib-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        errors = folder / "errors"
        with open(errors, "wb") as told:
            process = subprocess.Popen(
                [client, "download", "-q", requirement],
                cwd=folder,
                env=os.environ | {"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=told,
            )
            try:
                wait(
                    lambda: process.poll() is None,
                    lambda: sum(p.stat().st_size for p in folder.glob("*.deb*")),
                    patience,
                    what=f"apt-get download {requirement}",
                    cancel=process.kill,
                    enough=1,
                )
            finally:
                process.kill()
                process.wait()
        received = list(folder.glob("*.deb"))
        if process.returncode != 0 or len(received) != 1:
            raise SourceError(f"apt-get download {requirement}: {_complaint(errors)}")
        return received[0].read_bytes()


def unpack(package: bytes, names: list[str]) -> dict[str, bytes]:
    """Return files of a package, by their paths below the root.

    Args:
        package: its bytes, whose sum the caller has checked.
        names: of the files, without a leading slash.

    Raises:
        SourceError: if it is no package, or a file is missing.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(_member(package, "data.tar")), mode="r:*") as archive:
            found = {name: archive.extractfile(f"./{name}") for name in names}
            return {name: file.read() for name, file in found.items() if file is not None}
    except (KeyError, tarfile.TarError, ValueError, EOFError) as error:
        raise SourceError(f"not the package expected ({error})") from error


def _member(package: bytes, beginning: str) -> bytes:
    """The first member of an `ar` archive whose name begins so."""
    if not package.startswith(MAGIC):
        raise ValueError("not an ar archive")
    place = len(MAGIC)
    while place + HEADER <= len(package):
        header = package[place : place + HEADER].decode("ascii", "replace")
        size, start = int(header[48:58]), place + HEADER
        if header.startswith(beginning):
            return package[start : start + size]
        place = start + size + size % 2
    raise ValueError(f"no {beginning} in it")


def _complaint(path: Path) -> str:
    """The last error of apt-get in one line."""
    lines = [line for line in path.read_text(errors="replace").splitlines() if line[:2] == "E:"]
    return redacted(lines[-1][2:].strip() if lines else "no message")
