"""A browser, and a server that compresses what it sends as servers of sites do."""

from __future__ import annotations

import contextlib
import gzip
import os
import threading
from collections.abc import Iterator
from functools import cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

from paperbook.pdf import chromium

COMPRESSED = {".html", ".css", ".js", ".svg", ".json", ".xml"}
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def program() -> str:
    """Path of Chromium; a machine without it skips the tests, but not one that only tests.

    Raises:
        AssertionError: if the environment names a service that runs tests (CI).
    """
    found = chromium()
    if found is None:
        assert not os.environ.get("CI"), "no chromium: .ci/run installs it"
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    return found


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program(), args=OPTIONS)
        yield opened
        opened.close()


@cache
def compressed(path: Path) -> bytes:
    """Content of a file as it is sent."""
    content = path.read_bytes()
    return gzip.compress(content, 6) if path.suffix in COMPRESSED else content


class Handler(SimpleHTTPRequestHandler):
    """Sends files compressed, and keeps the connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content = compressed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(content)))
        if path.suffix in COMPRESSED:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which a folder is served."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), lambda *args: Handler(*args, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Watched:
    """A page of a browser, and what went wrong on it.

    Args:
        opened: the browser.
        width: of the window, px.
        scheme: light or dark.
        address: where the book lies; what comes from elsewhere is a fault.
    """

    def __init__(self, opened: Browser, width: int, scheme: str, address: str) -> None:
        height = 844 if width < 600 else 900
        self.context = opened.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        self.page: Page = self.context.new_page()
        self.address, self.faults, self.loaded = address, [], {}
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("requestfailed", lambda request: self.faults.append(f"lost {request.url}"))
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def _response(self, response: Response) -> None:
        url = response.url
        if not url.startswith((self.address, "data:", "blob:")):
            self.faults.append(f"from elsewhere: {url}")
        if response.status >= 400:
            self.faults.append(f"{response.status} {url}")
        self.loaded[url] = int(response.headers.get("content-length", 0))

    def open(self, name: str) -> Page:
        """Open a page of the book and wait until nothing more is loaded."""
        self.faults.clear()
        self.loaded.clear()
        self.page.goto(f"{self.address}/{name}.html", wait_until="load")
        self.page.wait_for_load_state("networkidle")
        return self.page

    def scroll(self) -> None:
        """Scroll through the page, as a reader does, until what it loads late is there."""
        self.page.evaluate(
            """async () => {
                for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
                    scrollTo({top: y, behavior: "instant"});
                    await new Promise(requestAnimationFrame);
                }
                const late = () => [...document.images].find(i => i.checkVisibility() && !i.complete);
                for (const start = Date.now(); late() && Date.now() < start + 20_000;) {
                    late()?.scrollIntoView();
                    await new Promise(done => setTimeout(done, 50));
                }
                scrollTo({top: 0, behavior: "instant"});
            }"""
        )
        self.page.wait_for_load_state("networkidle")

    def missing(self) -> list[str]:
        """Sources of the pictures that are displayed but did not come."""
        return self.page.evaluate(
            """() => [...document.images].filter(i => i.checkVisibility()
                && !(i.complete && i.naturalWidth)).map(i => i.currentSrc || i.src)"""
        )
