"""The book as a browser shows it, at a desk and on a phone, in light and in dark.

It is served from a subfolder, compressed, as sites are, and opened from the disk too.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.support.browser import Watched, browser, served
from tests.support.smokebook import DOCUMENTS

pytestmark = pytest.mark.slow
DESK, PHONE = 1440, 390  # px
MADE = ["search", "genindex", "404", "prf-prf"]  # pages that have no source
WEIGHT = 1_000_000  # bytes of a page with all its pictures, as they are sent
PAINT = 3000  # ms until the first paint
LINE = {  # of a slow mobile network
    "offline": False,
    "latency": 150,  # ms
    "downloadThroughput": 1.6e6 / 8,  # bytes a second
    "uploadThroughput": 0.75e6 / 8,
}
TARGET = 24  # px
AXE = {"resultTypes": ["violations"], "preload": False}
ALIKE = 12  # entries of a reference that axe looks at; a page has hundreds


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def address(book) -> Iterator[str]:
    """Where the book is served: in a folder, not at the top."""
    with served(book.folder.parent) as found:
        yield f"{found}/{book.folder.name}"


@pytest.fixture(scope="module")
def desk(chromium, address) -> Watched:
    return Watched(chromium, DESK, "light", address)


@pytest.fixture(scope="module")
def phone(chromium, address) -> Watched:
    return Watched(chromium, PHONE, "light", address)


def serious(page, **options) -> list[str]:
    """What axe calls serious or critical."""
    found = Axe().run(page, options=AXE | options).response["violations"]
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def serious_in_both_schemes(page) -> list[str]:
    """The same in light and, where only colours differ, in dark."""
    page.evaluate(
        """(alike) => {
            // axe takes a minute over a thousand formulas, each of a hundred boxes, all of one colour
            for (const formula of document.querySelectorAll(".katex")) formula.replaceWith("x");
            [...document.querySelectorAll("dl.py")].slice(alike).forEach(entry => entry.remove());
        }""",
        ALIKE,
    )
    light = serious(page)
    darkened(page)
    return light + [f"dark: {each}" for each in serious(page, runOnly=["color-contrast"])]


def darkened(page) -> None:
    """Switch to dark, without the half second in which colours are between the two."""
    page.add_style_tag(content="* { transition: none !important; }")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")


@pytest.mark.parametrize("name", [*DOCUMENTS, *MADE])
def test_page_at_a_desk(desk, name):
    page = desk.open(name)
    desk.scroll()
    assert desk.missing() == []
    assert sum(desk.loaded.values()) <= WEIGHT
    assert not [url for url in desk.loaded if ".dark." in url], "pictures of the other scheme"
    assert page.locator("meta[name=viewport]").count() == 1
    assert page.locator(".katex-error").count() == 0
    assert serious_in_both_schemes(page) == []
    desk.scroll()
    assert desk.missing() == []
    assert desk.faults == []


@pytest.mark.parametrize("name", [*DOCUMENTS, *MADE])
def test_page_on_a_phone(phone, name):
    page = phone.open(name)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert small(page) == []
    assert cut(page) == []
    assert serious_in_both_schemes(page) == []
    assert phone.faults == []


def small(page) -> list[str]:
    """Things to press that are smaller than a finger and not part of a sentence."""
    return page.evaluate(
        """(target) => [...document.querySelectorAll("a[href], button, summary, input, select")].filter(e => {
            const {width, height, bottom} = e.getBoundingClientRect();
            const text = "p, li, td, dd, dt, caption, figcaption, .modindex-jumpbox";
            return e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})
                && !(e.tagName === "A" && e.closest(text)) && !e.matches(".sd-stretched-link")
                && bottom > 0 && width > 1 && (width < target || height < target);
        }).map(e => e.outerHTML.slice(0, 120))""",
        TARGET - 0.5,
    )


def cut(page) -> list[str]:
    """Boxes that hide a part of their content and cannot be scrolled by hand and by keyboard."""
    return page.evaluate(
        """() => [...document.querySelectorAll("article *")].filter(e => {
            const style = getComputedStyle(e);
            const hides = style.overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1;
            const meant = e.clientWidth < 2 || e.closest(".katex, svg"); // for readers of the screen
            const scrolls = ["auto", "scroll"].includes(style.overflowX) && e.tabIndex === 0;
            return e.checkVisibility() && hides && !meant && !scrolls;
        }).map(e => e.outerHTML.slice(0, 120))"""
    )


def test_few_things_scroll_sideways_on_a_phone(phone):
    equations, tables = [], []
    for name in DOCUMENTS:
        page = phone.open(name)
        for kind, found in ((".formula.scrolls", equations), (".scrolls:has(> table)", tables)):
            here = page.eval_on_selector_all(
                f"article {kind}",
                "boxes => boxes.map(b => b.firstElementChild.id || b.parentElement.id)",
            )
            found += [f"{name}#{each}" for each in here]
    assert len(equations) <= 5, equations
    assert len(tables) <= 8, tables


@pytest.mark.parametrize("name", DOCUMENTS)
def test_first_paint_on_a_slow_line(chromium, address, name):
    watched = Watched(chromium, PHONE, "light", address)
    line = watched.context.new_cdp_session(watched.page)
    line.send("Network.emulateNetworkConditions", LINE)
    watched.page.goto(f"{address}/{name}.html", wait_until="commit")
    paint = "performance.getEntriesByName('first-contentful-paint')[0]"
    watched.page.wait_for_function(f"() => {paint}", timeout=20_000)
    assert watched.page.evaluate(f"{paint}.startTime") <= PAINT
    watched.context.close()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_page_opens_from_a_disk(chromium, book, name):
    watched = Watched(chromium, DESK, "dark", book.folder.as_uri())
    page = watched.open(name)
    watched.scroll()
    assert watched.missing() == []
    assert watched.faults == []
    assert not [
        url
        for url in watched.loaded
        if url.endswith(".png")
        and ".dark." not in url
        and url.replace(".png", ".dark.png") in watched.loaded
    ]
    if page.locator(".katex").count():
        assert page.evaluate("document.fonts.check('16px KaTeX_Main')")
    watched.context.close()


def test_the_scheme_is_switched_and_remembered(chromium, address):
    watched = Watched(chromium, DESK, "light", address)
    page = watched.open("book/data")
    shown = "() => [document.documentElement.dataset.mode, document.documentElement.dataset.theme]"
    seen = [page.evaluate(shown)]
    for _ in range(3):
        page.locator(".bd-header-article .theme-switch-button").click()
        seen.append(page.evaluate(shown))
    assert {mode for mode, _ in seen} == {"auto", "light", "dark"}
    while page.evaluate(shown)[0] != "dark":
        page.locator(".bd-header-article .theme-switch-button").click()
    page = watched.open("book/data")
    watched.scroll()
    assert page.evaluate(shown) == ["dark", "dark"]
    pictures = [url for url in watched.loaded if urlsplit(url).path.endswith(".png")]
    assert pictures
    assert all(".dark." in url for url in pictures)
    watched.context.close()


@pytest.mark.parametrize("key", [False, True])
@pytest.mark.parametrize(
    ("kind", "words"),
    [("equation-", ".katex"), ("references.html#id", "p"), ("glossary.html#term-", "p")],
)
def test_cards_show_what_links_lead_to(chromium, address, book, kind, words, key):
    link = f"article a.reference[href*='{kind}']"
    name = next((n for n in DOCUMENTS if book.documents[n].select(link)), None)
    if name is None:
        pytest.skip(f"the book has no link of this kind: {kind}")
    watched = Watched(chromium, DESK, "light", address)
    page = watched.open(name)
    assert not [url for url in watched.loaded if "cards-data" in url], "cards are loaded too early"
    first = page.locator(link).first
    first.scroll_into_view_if_needed()
    if key:
        page.keyboard.press("Tab")  # the keyboard is in use
        first.focus()
    else:
        first.hover()
    card = page.locator(".hovercard")
    card.locator(words).first.wait_for(timeout=5000)
    assert first.get_attribute("aria-describedby") == card.get_attribute("id")
    box = card.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= DESK
    assert serious(page, runOnly=["color-contrast", "aria-tooltip-name"]) == []
    page.keyboard.press("Escape")
    assert card.is_hidden()
    assert watched.faults == []
    watched.context.close()
