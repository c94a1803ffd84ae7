"""What a reader sees before scrolling, in a browser: the landing's first screen, the boxes, the filters."""

from __future__ import annotations

import re

import pytest

from tests.book.test_openings import CHAPTERS
from tests.support import browser

pytestmark = pytest.mark.slow
SIZES = {1440: 900, 390: 844}
SEEN = """(selector) => [...document.querySelectorAll(selector)].filter((e) => {
  const box = e.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
}).map((e) => e.tagName === "IMG" ? String(e.naturalWidth) : e.innerText)"""


@pytest.fixture(scope="module")
def chromium():
    with browser.browser() as found:
        yield found


@pytest.fixture(params=SIZES)
def window(request, chromium):
    width = request.param
    context = chromium.new_context(viewport={"width": width, "height": SIZES[width]})
    yield context.new_page()
    context.close()


def opened(window, book, name):
    window.goto((book.folder / f"{name}.html").as_uri(), wait_until="load")
    window.wait_for_timeout(300)
    return window


def test_the_first_screen_has_a_picture_numbers_and_doors(window, book):
    page = opened(window, book, "book/index")
    (title,) = page.evaluate(SEEN, "h1")
    assert "PIMA" in title
    (finding,) = page.evaluate(SEEN, ".landing-finding")
    assert len(re.findall(r"\d+\.\d+ %|\d\.\d points", finding)) >= 2
    pictures = page.evaluate(SEEN, "#fig-hero img")
    assert len(pictures) == 1
    assert int(pictures[0]) > 300  # it was loaded
    assert len(page.evaluate(SEEN, ".landing-doors .sd-card")) == 3
    (about,) = page.evaluate(SEEN, ".landing-about")
    assert "make book" in about
    assert "how to cite" in about


@pytest.mark.parametrize("name", CHAPTERS)
def test_what_was_found_stands_within_900_pixels(chromium, book, name):
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = opened(context.new_page(), book, name)
    assert len(page.evaluate(SEEN, ".in-short")) == 1
    context.close()


def test_the_ledger_shows_one_verdict_at_a_time(window, book):
    page = opened(window, book, "book/ledger")
    rows = "[...document.querySelectorAll('#tbl-claims tbody tr')]"
    badges = (
        f"{rows}.filter((r) => !r.hidden).map((r) => r.querySelector('td:last-child .sd-badge'))"
    )
    shown = f"{badges}.filter(Boolean).map((b) => b.innerText)"
    every = page.evaluate(shown)
    button = page.locator(".ledger-filters button").nth(2)
    count, verdict = button.inner_text().split(" ", 1)
    button.click()
    assert page.evaluate(shown) == [verdict] * int(count)
    assert button.get_attribute("aria-pressed") == "true"
    first = f"{rows}.find((r) => !r.hidden && r.querySelector('td:last-child .sd-badge'))"
    assert page.evaluate(f"{first}.cells[0].innerText").strip(), "a test without its claim"
    page.locator(".ledger-filters button").first.click()
    assert page.evaluate(shown) == every


def test_the_ledger_is_whole_without_scripts(chromium, book):
    context = chromium.new_context(java_script_enabled=False)
    page = opened(context.new_page(), book, "book/ledger")
    assert page.locator("#tbl-claims tbody tr").count() > 50
    assert page.locator(".ledger-filters").count() == 0
    context.close()
