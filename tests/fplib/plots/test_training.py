"""Curves of one training."""

import pytest

from fplib import plots
from tests.support.figures import Page, history

LOST = history(30)
LOST[0] |= {"elbo": -12345.0, "elbo.validation": -900.0, "term.expert.curve": float("nan")}


def test_training_shows_every_finite_number_of_the_history():
    made = Page(plots.training_curves(LOST))
    titles = [axis.get_title(loc="left") for axis in made.axes]
    assert titles == ["Bound", "Change of each term", "Shares of 10 clusters"]
    terms = made.axes[1].lines
    names = ["reconstruction.image", "expert.curve", "latent_prior", "latent_entropy"]
    for line, name in zip(terms, [*names, "cluster_entropy"], strict=True):
        rows = LOST[name == "expert.curve" :]
        assert line.get_xdata().tolist() == [row["epoch"] for row in rows]
        away = [row[f"term.{name}"] - rows[0][f"term.{name}"] for row in rows]
        assert line.get_ydata().tolist() == pytest.approx(away)
    assert terms[0].get_color() == plots.LIGHT.image
    assert terms[1].get_color() == plots.LIGHT.curve
    assert any("starts at −12" in text for text in made.words)
    low, high = made.axes[0].get_ylim()
    assert -800 < low < -712 < high  # the first epoch does not flatten the others
    assert len([line for line in made.axes[2].lines if len(line.get_xdata()) == 30]) == 10


def test_training_leaves_out_what_was_not_recorded():
    made = plots.training_curves([{"epoch": 1, "elbo": -3.0}, {"epoch": 2, "elbo": -2.0}])
    assert [axis.get_title(loc="left") for axis in made.axes] == ["Bound"]
    made = plots.training_curves([{"occupancy": [0.5, 0.5]}])
    assert [axis.get_title(loc="left") for axis in made.axes] == ["Shares of 2 clusters"]
    made = plots.training_curves([{"elbo": float("nan"), "term.a": 0.5, "occupancy": None}])
    assert [axis.get_title(loc="left") for axis in made.axes] == ["Change of each term"]
    with pytest.raises(ValueError, match="history: expected one dictionary an epoch"):
        plots.training_curves([])
    with pytest.raises(ValueError, match="history: expected 'elbo'"):
        plots.training_curves([{"epoch": 1}])


def test_training_does_not_magnify_noise():
    """Closed-form terms can be constant to 1e-4 nats; they must look constant."""
    rows = [{"epoch": e, "term.cluster_prior": -2.301 + 1e-4 * (e % 2)} for e in range(1, 7)]
    page = Page(plots.training_curves(rows))
    low, high = page.axes[0].get_ylim()
    assert high - low >= 0.1
    assert low < 0 < 1e-4 < high
    assert not any("e−" in text or "+" in text for text in page.words)


def test_terms_that_stay_level_are_named_in_words():
    page = Page(plots.training_curves(history(6)))
    assert "Within 0.1 nats throughout: cluster prior −2.3" in page.words
    assert "Cluster prior" not in page.words
    page = Page(plots.training_curves(history(1)))
    assert any("After one epoch: reconstruction, image −746" in text for text in page.words)
    assert "1" in page.words
