"""One setting for the address of the repository: buttons with it, none without it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup

from tests.support.tinybook import TinyBook

pytestmark = pytest.mark.slow
ADDRESS = "https://github.com/somebody/tides"


def buttons(tiny: TinyBook, page: str) -> dict[str, str]:
    """Addresses of the buttons that lead to a repository, by their labels."""
    found = BeautifulSoup(tiny.html(page), "lxml").select("a[class*=btn-source-]")
    return {next(c for c in a["class"] if c.startswith("btn-source-")): a["href"] for a in found}


def test_without_an_address_no_page_leads_to_one(tiny: TinyBook) -> None:
    done = tiny.build()
    assert done.returncode == 0, done.stderr
    for page in ("index", "measure"):
        assert buttons(tiny, page) == {}
        assert "executablebooks/jupyter-book" not in tiny.html(page)  # Jupyter Book's own setting


def test_an_address_gives_three_buttons_and_executes_nothing(tiny: TinyBook) -> None:
    tiny.executed()
    done = tiny.build(BOOK_REPOSITORY=f"{ADDRESS}/")
    assert done.returncode == 0, done.stderr
    assert tiny.executed() == []
    for page, file in (("index", "index.md"), ("measure", "measure.py")):
        found = buttons(tiny, page)
        assert found["btn-source-repository-button"] == ADDRESS
        assert found["btn-source-edit-button"] == f"{ADDRESS}/edit/main/book/{file}"
        issue = urlsplit(found["btn-source-issues-button"])
        assert issue.path == "/somebody/tides/issues/new"
        assert f"book/{page}" in parse_qs(issue.query)["title"][0]


def test_the_setting_in_the_file_does_the_same(tiny: TinyBook) -> None:
    tiny.edit(
        "_config.yml", 'repository: ""', f"repository: {ADDRESS}\n    repository_branch: next"
    )
    assert tiny.build().returncode == 0
    assert buttons(tiny, "show")["btn-source-edit-button"] == f"{ADDRESS}/edit/next/book/show.py"


def test_what_is_no_address_stops_the_build_in_one_line(tiny: TinyBook) -> None:
    done = tiny.build(BOOK_REPOSITORY="somebody/tides")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "The book was not built: repository: expected an address at GitHub, GitLab or Bitbucket, "
        "such as https://github.com/NAME/REPOSITORY, received 'somebody/tides'"
    )
