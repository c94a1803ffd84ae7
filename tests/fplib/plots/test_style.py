"""The style: palettes for every reader, and a look that no setting of the user changes."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from fplib import plots
from fplib.plots.style import ROLES, readable_on
from tests.support.figures import PALETTES, contrast, counts, linear

ROOT = Path(plots.__file__).parents[2]
HOSTILE = """
text.usetex: True
font.size: 40
font.family: fantasy
axes.grid: False
axes.facecolor: yellow
axes.unicode_minus: False
lines.linewidth: 9
figure.constrained_layout.h_pad: 2
savefig.bbox: tight
savefig.facecolor: red
image.interpolation: bilinear
"""


def oklab(rgb: np.ndarray) -> np.ndarray:
    lms = rgb @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(lms) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


# Full dichromacy: G. M. Machado et al., IEEE Trans. Visualization and Computer Graphics 15, 2009.
SIGHT = {
    "normal": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize("palette", PALETTES, ids=lambda p: p.name)
@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_classes_can_be_told_apart_by_every_reader(palette, sight):
    seen = np.array([linear(c) for c in palette.classes]) @ np.transpose(SIGHT[sight])
    lab = oklab(np.clip(seen, 0, 1))
    apart = min(np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2))
    least = {"normal": 0.10, "tritan": 0.06}.get(sight, 0.08)
    assert apart >= least


@pytest.mark.parametrize("palette", PALETTES, ids=lambda p: p.name)
def test_palettes_are_ordered_and_readable(palette):
    lightness = oklab(np.array([linear(c) for c in palette.classes]))[:, 0]
    assert (np.diff(lightness) > 0).all()
    assert contrast(palette.ink, palette.paper) >= 10
    assert contrast(palette.muted, palette.paper) >= 4.5
    said = (*palette.roles.values(), palette.accent, palette.alarm)
    assert min(contrast(c, palette.paper) for c in said) >= 4.2
    assert min(contrast(c, palette.paper) for c in palette.kinds) >= 3
    assert min(contrast(c, palette.paper) for c in palette.classes) >= 1.6
    assert readable_on(palette.ink, palette) == palette.paper
    assert readable_on(palette.paper, palette) == palette.ink


def test_a_palette_spreads_few_classes_and_repeats_after_ten():
    p = plots.LIGHT
    assert [p.of(i) for i in range(10)] == list(p.classes)
    assert p.of(13, 20) == p.classes[3]
    assert p.of(0, 1) == p.kinds[0]
    for count in range(2, 10):
        assert len({p.of(i, count) for i in range(count)}) == count
    assert {p.of(i, 3) for i in range(3)} == set(p.kinds)


@pytest.mark.parametrize("palette", PALETTES, ids=lambda p: p.name)
@pytest.mark.parametrize("sight", SIGHT)
def test_roles_can_be_told_apart_by_every_reader(palette, sight):
    seen = [linear(c) for c in palette.roles.values()] @ np.transpose(SIGHT[sight])
    lab = oklab(np.clip(seen, 0, 1))
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2)) >= 0.10


@pytest.mark.parametrize("palette", PALETTES, ids=lambda p: p.name)
def test_no_colour_has_two_meanings(palette):
    meanings = (*palette.classes, *palette.kinds, *palette.roles.values())
    lab = oklab(np.array([linear(c) for c in (*meanings, palette.accent, palette.alarm)]))
    apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2)]
    assert min(apart) >= 0.08


@pytest.mark.parametrize("palette", PALETTES, ids=lambda p: p.name)
@pytest.mark.parametrize("sight", SIGHT)
def test_kinds_can_be_told_apart_by_every_reader(palette, sight):
    seen = [linear(c) for c in palette.kinds] @ np.transpose(SIGHT[sight])
    lab = oklab(np.clip(seen, 0, 1))
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2)) >= 0.08


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("image alone", "image"),
        ("photograph", "image"),
        ("clean: mixture, curve alone", "curve"),
        ("both, from $Z$", "both"),
        ("image + curve, mean field", "both"),
        ("noisy", None),
    ],
)
def test_words_name_a_role(words, role):
    assert set(plots.LIGHT.roles) == set(ROLES)
    assert plots.LIGHT.role(words) == plots.LIGHT.roles.get(role)


def test_style_starts_from_the_defaults_and_gives_the_settings_of_the_user_back():
    with mpl.rc_context({"text.usetex": True, "lines.linestyle": "--"}), np.errstate(all="raise"):
        before = dict(mpl.rcParams)
        with plots.style(plots.DARK):
            assert mpl.rcParams["text.usetex"] is False
            assert mpl.rcParams["lines.linestyle"] == "-"
            assert mpl.rcParams["text.color"] == plots.DARK.ink
            assert np.geterr()["under"] == "ignore"
        assert dict(mpl.rcParams) == before
        assert set(np.geterr().values()) == {"raise"}


def write(folder: Path) -> list[bytes]:
    """A figure saved by us, and one that its user saves with Matplotlib."""
    ours = plots.save(plots.confusion_matrix, counts(), path=folder / "ours.png")
    drawn = plots.confusion_matrix(counts(), "Negative: −1", palette=plots.DARK)
    drawn.savefig(folder / "theirs.png", metadata={"Software": None})
    return [path.read_bytes() for path in (ours, folder / "theirs.png")]


def test_a_users_own_matplotlibrc_changes_nothing(tmp_path):
    (tmp_path / "hostile").write_text(HOSTILE)
    code = (
        "import sys, pathlib, matplotlib; from tests.fplib.plots import test_style\n"
        "assert matplotlib.rcParams['text.usetex']\n"
        "test_style.write(pathlib.Path(sys.argv[1]))\n"
    )
    first, second = write(tmp_path)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"MATPLOTLIBRC": str(tmp_path / "hostile")},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    again = [(tmp_path / name).read_bytes() for name in ("ours.png", "theirs.png")]
    assert again == [first, second]


@pytest.mark.parametrize("errors", ["raise", "warn"])
def test_figures_are_drawn_whatever_numpy_does_about_rounding(errors):
    with np.errstate(all=errors):
        drawn = plots.latent_space_3d(
            [[0.0], [1e-200], [2.0]], [0, 0, 1], [[0.0], [2.0]], [[-800.0], [0.0]]
        )
        drawn.canvas.draw()
