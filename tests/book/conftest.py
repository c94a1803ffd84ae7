"""Fixtures of the tests of the book."""

import os
from pathlib import Path

import pytest

from tests.support.smokebook import Book, built
from tests.support.tinybook import TinyBook


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """A fresh tiny book, not yet built."""
    return TinyBook(tmp_path_factory.mktemp("tiny") / "book")


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The whole book, built once for all files of a test run and all its processes.

    BOOK_BUILT may name a folder in which it is kept, for work on these tests; without the file
    `ended` in it the book is built again.
    """
    if kept := os.environ.get("BOOK_BUILT"):
        return built(Path(kept))
    base = tmp_path_factory.getbasetemp()
    return built((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "whole")
