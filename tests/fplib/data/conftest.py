"""A small stand-in for MNIST, a web server of our own, and the real data where they can be had."""

import contextlib
import gzip
import hashlib
import http.server
import threading

import numpy as np
import pytest

from fplib.data import DataUnavailableError, idx, mnist, mnist_files
from fplib.data.sources import SourceError


@pytest.fixture(autouse=True)
def no_proxy_for_our_servers(monkeypatch):
    """Reach the servers that the tests start without a detour."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def small(monkeypatch):
    """Replace MNIST by 60 + 10 random images of its kind; return the bytes of the four files."""
    rng = np.random.default_rng(0)
    shapes = {
        name: (60 if "train" in name else 10, *shape[1:])
        for name, shape in mnist_files.SHAPES.items()
    }
    files = {}
    for name, shape in shapes.items():
        top = 256 if len(shape) == 3 else 10
        files[name] = idx.encode(rng.integers(0, top, shape, dtype=np.uint8))
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(mnist_files, "SHAPES", shapes)
    monkeypatch.setattr(mnist_files, "HASHES", hashes)
    return files


def switched_off(name, asked):
    """A source that fails at once and notes that it was asked."""

    def fetch():
        asked.append(name)
        raise SourceError(f"{name} is switched off")

    return fetch


@pytest.fixture
def offline(monkeypatch):
    """Make mirror and wheel fail at once; return the list of the sources that were asked."""
    asked = []
    monkeypatch.setattr(mnist_files, "from_mirror", switched_off("mirror", asked))
    monkeypatch.setattr(mnist_files, "from_wheel", switched_off("wheel", asked))
    return asked


@pytest.fixture
def write_folder(small):
    """Return a function that writes the four small files into a folder."""

    def write(folder, *, packed=False, dot="-", leave_out=()):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in small.items():
            if name not in leave_out:
                kind = f"idx{content[3]}-ubyte"
                path = folder / f"{name}{dot}{kind}{'.gz' if packed else ''}"
                path.write_bytes(gzip.compress(content) if packed else content)
        return folder

    return write


@pytest.fixture
def serve():
    """Return a function that serves {path: bytes or function(handler)} at a base address."""
    with contextlib.ExitStack() as stack:

        def start(pages):
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    page = pages.get(self.path)
                    if page is None:
                        self.send_error(404)
                    elif callable(page):
                        with contextlib.suppress(OSError):
                            page(self)
                    else:
                        self.send_response(200)
                        self.send_header("Content-Type", "text/html")
                        self.send_header("Content-Length", str(len(page)))
                        self.end_headers()
                        self.wfile.write(page)

                def log_message(self, *_):
                    pass

            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_address[1]}"

        yield start


@pytest.fixture(scope="session")
def real():
    """Return a loader of the real data, or skip where no source of them can be reached."""
    try:
        mnist_files.load()
    except DataUnavailableError as error:
        pytest.skip(f"real MNIST is out of reach: {error}")
    return mnist


@pytest.fixture(scope="session")
def data(real):
    return real()
