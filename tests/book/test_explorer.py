"""The explorer in a browser: the arithmetic of its scripts, and how one uses it."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from book.analysis import display, weights
from tests.support import explorer
from tests.support.tolerances import BROWSER

pytestmark = pytest.mark.slow
CLOSE = 1e-2  # promised for any pixel and any responsibility
COUNT = 1000
ASK = """([name, sources, images, curves]) => {
    const model = new explorer.Model(explorer.told[name].model);
    return images.map((text, i) => {
        const seen = {};
        if (sources.includes("image")) seen.image = Array.from(explorer.levels(text), (v) => v / 63);
        if (sources.includes("curve")) seen.curve = curves[i];
        const { q, fromZ, meanField, image, curve } = model.ask(seen);
        return { z: q.mean, fromZ, meanField, image: Array.from(image || []), ...curve };
    });
}"""
INK = """document.querySelector(".ex-pad").getContext("2d").getImageData(0, 0, 28, 28).data
    .reduce((a, b) => a + b)"""
SMALL = """[...document.querySelectorAll("button, input, select")].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width < 24 || box.height < 24;
}).length"""


def asked(page, name, sources, images, curves):
    """What the scripts say of specimens, arrays by name."""
    told = [name, sources, weights.pixels(images), curves.tolist()]
    found = page.evaluate(ASK, told)
    return {key: np.array([each[key] for each in found], float) for key in found[0]}


@pytest.fixture(scope="module")
def chromium():
    """A browser without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        assert not os.environ.get("CI"), "no chromium"
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with the explorer."""
    return explorer.written(tmp_path_factory.mktemp("explorer")).as_uri()


@pytest.fixture
def page(chromium, address):
    """The page, open; no error and no request for anything but files."""
    opened = chromium.new_page(viewport={"width": 1000, "height": 900})
    errors, asked = [], []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(address)
    opened.wait_for_function("window.explorer && explorer.frames.length >= 3")
    yield opened
    opened.close()
    assert not errors
    assert all(url.startswith("file:") for url in asked)


@pytest.mark.parametrize("sources", [("image", "curve"), ("image",), ("curve",)])
def test_scripts_and_tensorflow_agree_on_digits(page, sources):
    model, _ = explorer.page_models()
    weights.rounded(model)
    images, curves = explorer.inputs(COUNT, 28)
    found = asked(page, "digits", sources, images, curves)
    seen = {name: x for name, x in (("image", images), ("curve", curves)) if name in sources}
    right = display.answers(model, seen)
    names = {"z": "latent mean", "fromZ": "from Z", "meanField": "mean field", "image": "image"}
    for key, name in names.items():
        wanted = right[name].reshape(COUNT, -1)
        assert wanted.std(axis=0).max() > 5 * CLOSE, f"inputs that differ too little in {name}"
        assert np.abs(found[key] - wanted).max() <= BROWSER < CLOSE
    mean, variance = model.infer(seen, "curve")
    assert np.abs(found["mean"] - mean).max() <= 10 * BROWSER  # of size 10
    assert np.abs(found["deviation"] - np.sqrt(variance)).max() <= 10 * BROWSER


def test_scripts_and_tensorflow_agree_on_tiles(page):
    _, model = explorer.page_models()
    weights.rounded(model)
    images, none = explorer.inputs(COUNT, explorer.SIDE)
    found = asked(page, "lattices", ["image"], images, none)
    right = {
        way: model.responsibilities({"image": images}, way) for way in ("from_z", "mean_field")
    }
    assert right["from_z"].std(axis=0).max() > 5 * CLOSE
    assert np.abs(found["fromZ"] - right["from_z"]).max() <= BROWSER
    curves, _ = display.megapascals(model)
    assert np.abs(found["mean"] - right["mean_field"] @ curves).max() <= 50 * BROWSER  # MPa, to 50


def test_a_wrong_stride_would_be_noticed(page):
    model, _ = explorer.page_models()
    images, curves = explorer.inputs(20, 28)
    page.evaluate("explorer.told.digits.model.encoders.image[1].stride = [2, 1]")
    page.evaluate("explorer.told.digits.model.encoders.image[3].stride = [1, 2]")
    found = asked(page, "digits", ["image"], images, curves)
    right = display.answers(model, {"image": images})
    assert not np.abs(found["fromZ"] - right["from Z"]).max() <= CLOSE


def test_drawing_with_the_keyboard(page):
    page.get_by_role("button", name="Clear").click()
    pad = page.locator(".ex-pad")
    pad.focus()
    empty = page.evaluate(INK)
    page.keyboard.down(" ")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    page.keyboard.up(" ")
    drawn = page.evaluate(INK)
    assert drawn < empty, "ink is dark on a light page"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    page.evaluate("document.activeElement.blur()")
    page.get_by_role("checkbox", name="image").focus()
    assert page.evaluate(INK) > drawn


def test_drawing_with_the_pointer_changes_the_answer(page):
    page.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(100)
    says = "document.querySelector('.explorer-digits .ex-panel:nth-child(3) canvas').toDataURL()"
    before, box = page.evaluate(says), page.locator(".ex-pad").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 120, steps=5)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert page.evaluate(says) != before


def test_a_slider_moves_the_curve_and_lights_its_equations(page):
    page.wait_for_timeout(900)
    assert page.locator(".ex-lit").count() == 0
    page.get_by_role("slider", name="slope").focus()
    page.keyboard.press("End")
    page.wait_for_selector(".ex-equation-encoder.ex-lit")
    assert page.locator(".ex-slider output").first.inner_text() == "10.0"


def test_one_measurement_has_to_stay(page):
    image, curve = (page.get_by_role("checkbox", name=name) for name in ("image", "curve"))
    image.uncheck()
    assert curve.is_disabled()
    page.wait_for_function(
        "document.querySelector('.ex-spoken').textContent.startsWith('The curve alone')"
    )
    image.check()
    assert curve.is_enabled()


def test_the_point_walks_by_keys_and_by_slider(page):
    says = "document.querySelector('.explorer-walk .ex-image').toDataURL()"
    before = page.evaluate(says)
    page.locator(".ex-space").focus()
    for _ in range(8):
        page.keyboard.press("ArrowUp")
    page.wait_for_timeout(100)
    moved = page.evaluate(says)
    assert moved != before
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_timeout(100)
    assert page.evaluate(says) == moved, "turning the view does not move the point"
    page.get_by_role("slider", name="between two centres").focus()
    page.keyboard.press("End")
    page.wait_for_timeout(100)
    assert page.evaluate(says) != moved


def test_the_colours_follow_the_scheme(page):
    says = "getComputedStyle(document.documentElement).getPropertyValue('--ex-ink')"
    light = page.evaluate(says)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{says} !== '{light}'")


@pytest.mark.parametrize("width", [390, 1000])
def test_nothing_is_cut_and_everything_can_be_touched(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL) == 0


def test_a_reader_without_scripts_is_told(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(address)
    assert display.NOTHING in opened.locator("body").inner_text()
    context.close()
