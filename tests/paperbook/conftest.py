"""Fixtures of the tests of the press."""

import pytest

from tests.support.tinybook import TinyBook


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """A fresh tiny book, not yet built."""
    return TinyBook(tmp_path_factory.mktemp("tiny") / "book")
