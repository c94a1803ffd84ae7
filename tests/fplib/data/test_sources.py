import socket
import time

import pytest

from fplib.data import sources
from fplib.data.sources import (
    DataUnavailableError,
    SourceError,
    check_sha256,
    download,
    first_of,
    redacted,
    sha256,
)


@pytest.fixture
def silent():
    """Give the port of a socket that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def timed_failure(url, **options):
    start = time.monotonic()
    with pytest.raises(SourceError) as caught:
        download(url, **options)
    return str(caught.value), time.monotonic() - start


def test_known_sum():
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256(b"") == empty
    check_sha256("empty", b"", empty)
    with pytest.raises(SourceError, match=r"thing: 1 bytes with sha256 .* expected e3b0c44298fc"):
        check_sha256("thing", b"x", empty)


def test_download_returns_every_byte(serve):
    content = bytes(range(256)) * 2000
    assert download(serve({"/x": content}) + "/x") == content
    assert download(serve({"/empty": b""}) + "/empty") == b""


def test_missing_page(serve):
    message, _ = timed_failure(serve({}) + "/x")
    assert "404" in message
    assert "/x" in message


def test_refused_connection():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    message, seconds = timed_failure(f"http://127.0.0.1:{port}/x")
    assert "refused" in message.lower()
    assert seconds < 5


def test_cut_connection(serve):
    def cut(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"x" * 400)

    message, _ = timed_failure(serve({"/x": cut}) + "/x")
    assert "after 400 of 1000 bytes" in message


def test_too_large(serve):
    message, _ = timed_failure(serve({"/x": bytes(5000)}) + "/x", max_bytes=1000)
    assert "more than the 1000 bytes" in message


def test_a_server_that_never_answers_is_left(silent):
    message, seconds = timed_failure(f"http://127.0.0.1:{silent}/x", patience=0.5)
    assert "no progress for 0.5 s" in message or "timed out" in message
    assert seconds < 2


def test_a_server_that_drips_is_left(serve):
    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b".")
            time.sleep(0.02)

    message, seconds = timed_failure(serve({"/x": drip}) + "/x", patience=0.5)
    assert "no progress" in message
    assert seconds < 2


def test_a_slow_server_is_not_left(serve):
    def slow(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(6):
            handler.wfile.write(bytes(sources.ENOUGH))
            time.sleep(0.2)

    assert len(download(serve({"/x": slow}) + "/x", patience=0.8)) == 6 * sources.ENOUGH


@pytest.mark.slow
def test_by_default_a_source_gives_up_within_ten_seconds(silent):
    message, seconds = timed_failure(f"http://127.0.0.1:{silent}/x")
    assert 5 < seconds < 10
    assert "no progress" in message or "timed out" in message


def test_proxy_of_the_environment_is_used(monkeypatch, serve):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("http_proxy", serve({"http://mnist.invalid/x": b"through the proxy"}))
    assert download("http://mnist.invalid/x") == b"through the proxy"


def test_passwords_stay_out_of_messages():
    assert (
        redacted("see https://me:secret@host/x and http://h/") == "see https://host/x and http://h/"
    )
    message, _ = timed_failure("http://me:secret@127.0.0.1:9/x")
    assert "secret" not in message


def test_first_source_that_works_wins():
    asked = []

    def source(name, result):
        def load():
            asked.append(name)
            if result is None:
                raise SourceError("broken")
            return result

        return name, load

    chain = [source("a", None), source("b", 7), source("c", 8)]
    assert first_of(chain, by_hand="") == ("b", 7)
    assert asked == ["a", "b"]


def test_chain_failure_is_one_message_with_every_reason():
    def fail(reason):
        def load():
            raise SourceError(reason)

        return load

    with pytest.raises(DataUnavailableError) as caught:
        first_of(
            [("mirror", fail("no route")), ("wheel", fail("no pip"))], by_hand="By hand: do so."
        )
    lines = str(caught.value).splitlines()
    assert lines[1:] == ["  1. mirror: no route", "  2. wheel: no pip", "By hand: do so."]


def test_a_bug_is_not_taken_for_a_broken_source():
    def bug():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        first_of([("a", bug), ("b", lambda: 1)], by_hand="")
