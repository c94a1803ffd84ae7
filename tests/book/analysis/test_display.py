"""What the explorer's page carries."""

from __future__ import annotations

import json
import re

import numpy as np

import fplib as fp
from book.analysis import display
from fplib.data import Split
from paperbook import pages
from tests.support import explorer
from tests.support.tinybook import ROOT

MOST = 600  # kB


def told(digits, tiles, side):
    images, curves = explorer.inputs(400, 28)
    split = Split({"image": images, "curve": curves}, ids=range(400), labels=np.arange(400) % 10)
    some = explorer.inputs(8, side)[0]
    measured = 50 * np.random.default_rng(0).random((8, 100))
    kinds = ([0] * 4 + [1] * 4, {0: 1, 1: 0}, ("gyroid", "octet"))
    return {
        "digits": display.digits(digits, split, {3: 0, 0: 3}, 400),
        "lattices": display.lattices(tiles, some, measured, *kinds),
    }


def test_the_explorer_of_the_page_is_light_enough() -> None:
    cells = pages.code_cells(pages.read_page(ROOT / "book" / "explorer.py"))
    page: dict = {}
    exec(next(cell for cell in cells if "for_digits =" in cell), page)
    small = explorer.page_models()
    modalities = [list(model.modalities.values()) for model in small]
    t = np.linspace(0, 1, 100)
    modalities[1] = [fp.Image("image", (76, 76)), fp.Curve("curve", t, explorer.standardised(t))]
    digits = fp.FingerprintModel(modalities[0], 10, architecture=page["for_digits"])
    tiles = fp.FingerprintModel(modalities[1], 2, latent_dim=2, architecture=page["for_lattices"])
    explorer.scatter(digits)
    explorer.scatter(tiles)
    html = display.element(told(digits, tiles, 76))
    assert 0.5 * MOST < display.kilobytes(html) <= MOST


def test_a_cluster_is_named_by_its_digit_and_stands_in_its_place() -> None:
    found = told(*explorer.page_models(), explorer.SIDE)
    assert found["digits"]["names"][:4] == ["3", "–", "–", "0"]
    assert found["digits"]["order"][:2] == [3, 0]
    assert found["lattices"]["names"] == ["octet", "gyroid"]


def test_curves_of_lattices_are_in_megapascals() -> None:
    _, tiles = explorer.page_models()
    curves, variances = display.megapascals(tiles)
    expert, theta = tiles.modalities["curve"].expert, tiles.expert_parameters["curve"].numpy()
    plain = expert.restore(tiles.expert_curves("curve").numpy()) * expert.law.stress
    np.testing.assert_allclose(curves, plain, atol=1e-3)
    np.testing.assert_allclose(
        curves[:, -1], 50 * (theta[:, 1] + theta[:, 2] * (1 - theta[:, 0])), rtol=1e-5
    )
    noise = np.exp(tiles.expert_log_variance["curve"].numpy())[:, np.newaxis]
    np.testing.assert_allclose(variances, 2500 * noise * np.diag(expert.covariance()), rtol=1e-6)


def test_a_mixture_lies_between_its_images() -> None:
    images = np.stack([np.zeros((4, 4)), np.ones((4, 4))])
    found = display.mixed(images, 200)
    assert np.ptp(found, axis=(1, 2)).max() == 0, "one share an image"
    assert found.min() == 0 < np.median(found) < found.max() <= 1
    assert np.array_equal(found, display.mixed(images, 200))


def test_the_element_asks_for_nothing_from_elsewhere() -> None:
    html = display.element(told(*explorer.page_models(), explorer.SIDE))
    assert re.findall(r'(?:src|href)="(?!\.\./_static/explorer/)', html) == []
    data = re.search(r'id="explorer-data">(.*?)</script>', html, re.DOTALL)[1]
    assert json.loads(data).keys() == {"palettes", "digits", "lattices"}
    named = re.findall(r"/([a-z]+\.(?:js|css))\"", html)
    assert sorted(named) == sorted(path.name for path in display.SOURCES.iterdir())
