"""Diagrams of the model: what they name, and that they follow the page's width."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import FancyArrowPatch

from book.figures import schematic
from book.figures.drawing import Board
from fplib.plots.style import DARK, DESK, LIGHT, PHONE, style
from tests.support.figures import Page


def words(draw, palette=LIGHT, across=DESK):
    with style(palette, across):
        return " ".join(Page(draw(palette=palette)).words)


def arrows(axis):
    return [patch for patch in axis.patches if isinstance(patch, FancyArrowPatch)]


@pytest.mark.parametrize("across", [DESK, PHONE])
def test_the_model_has_two_encoders_one_product_a_network_and_an_expert(across):
    told = words(schematic.model, across=across)
    assert told.count("encoder") == 2
    assert [told.count(part) for part in ("product", "network", "expert")] == [1, 1, 1]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_what_is_of_a_modality_has_its_colour(palette):
    board, *thumbnails = schematic.model(palette=palette).axes
    inks = {text.get_text(): text.get_color() for text in board.texts}
    assert inks["image $X_1$"] == palette.image
    assert inks["curve $X_2$"] == palette.curve
    assert [len(axis.get_images()) for axis in thumbnails].count(1) == 2
    edges = [patch.get_edgecolor() for patch in arrows(board)]
    assert edges.count(to_rgba(palette.image)) == edges.count(to_rgba(palette.curve)) == 3
    assert edges.count(to_rgba(palette.both)) == 1


@pytest.mark.parametrize("across", [DESK, PHONE])
def test_the_story_has_an_arrow_for_each_factor_of_the_joint_density(across):
    with style(LIGHT, across):
        axis = schematic.story().axes[0]
    # p(c | π), p(Z | c, μ, σ), p(X_1 | Z), p(X_2 | c, θ, σ)
    assert len(arrows(axis)) == 6
    told = " ".join(text.get_text() for text in axis.texts)
    assert [told.count(f"{k}. ") for k in (1, 2, 3, 4)] == [1, 1, 1, 1]


@pytest.mark.parametrize("across", [DESK, PHONE])
def test_the_loop_of_training_closes(across):
    with style(LIGHT, across):
        axis = schematic.training().axes[0]
    ends = [patch.get_path().vertices for patch in arrows(axis)]
    assert len(ends) == 4
    path = axis.lines[-1].get_xydata()  # back from the last box
    boxes = [text.get_position() for text in axis.texts[:4]]
    side = 1 if across == PHONE else 0  # along which the boxes stand
    assert path[0][side] == pytest.approx(boxes[-1][side])
    assert path[-1][side] == pytest.approx(boxes[0][side])


def test_a_board_is_measured_in_inches():
    with style(LIGHT, PHONE):
        board = Board.of(2.0, LIGHT)
        inside = board.inset((1.0, 0.5), (0.5, 0.25))
    place = inside.get_window_extent().transformed(board.axis.transData.inverted())
    assert np.allclose(place.bounds, (0.75, 0.375, 0.5, 0.25))
