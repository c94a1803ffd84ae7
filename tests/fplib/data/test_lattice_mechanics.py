"""Power laws, curves and their true parameters, and the difficulty dial."""

import dataclasses

import numpy as np
import pytest
from sklearn.cluster import KMeans

from fplib.data.lattice import mechanics
from fplib.data.lattice.mechanics import KINDS, LAWS, PARAMETERS, STRAIN, curves, draw, power_laws
from fplib.data.lattice.specimens import LATENT, specimens, stream
from fplib.data.lattice.truth import truth, two_piece
from fplib.metrics import clustering_accuracy

PERFECT = {"toe": 0.0, "rounding": 0.0, "ripple": 0.0, "noise": 0.0}


@pytest.mark.parametrize("kind", KINDS)
def test_power_laws(kind):
    density = np.array([0.15, 0.3])
    modulus, strength = power_laws(kind, density, np.zeros(2))
    assert np.diff(np.log(modulus)) / np.log(2) == pytest.approx(LAWS[kind].modulus_power)
    assert np.diff(np.log(strength)) / np.log(2) == pytest.approx(LAWS[kind].yield_power)
    weaker = power_laws(kind, density, np.full(2, 0.02))
    assert weaker[0] / modulus == pytest.approx(1 - 0.02 * LAWS[kind].modulus_loss)
    assert weaker[1] / strength == pytest.approx(1 - 0.02 * LAWS[kind].yield_loss)


def test_values_at_the_nominal_density():
    # A stretching-dominated octet truss yields at a third of the solid's, times its density.
    modulus, strength = power_laws("octet", 0.2, 0.0)
    assert strength / mechanics.SOLID_YIELD == pytest.approx(0.2 / 3, rel=0.1)
    assert modulus == pytest.approx(804, abs=1)
    # No isotropic porous solid is stiffer than about ρ/2, the Hashin-Shtrikman bound.
    for kind in KINDS:
        ideal = power_laws(kind, 0.2, 0.0)[0] / mechanics.APPARENT / mechanics.SOLID_MODULUS
        assert 0.2 / 9 < ideal < 0.2 / 2  # the slender octet truss has ρ/9
    assert power_laws("gyroid", 0.2, 0.0)[0] > modulus


@pytest.mark.parametrize("kind", KINDS)
def test_perfect_curves_have_the_true_parameters(kind, rng):
    prints = draw(kind, 0.6, 5, rng)
    fine = np.linspace(0, 0.2, 4001)
    stress = curves(prints, rng, fine, **PERFECT)
    slope = np.gradient(stress, fine, axis=1)
    for k in range(5):
        knee = prints.yield_strain[k]
        assert slope[k, fine < 0.99 * knee] == pytest.approx(prints.modulus[k], rel=1e-6)
        assert slope[k, fine > 1.01 * knee] == pytest.approx(prints.hardening_modulus[k], rel=1e-6)
        at = np.interp(knee, fine, stress[k])
        assert at == pytest.approx(prints.yield_stress[k], rel=1e-3)


@pytest.mark.parametrize("setting", ["toe", "rounding", "ripple", "noise"])
def test_each_imperfection_vanishes_with_its_size(setting, rng):
    prints = draw("gyroid", 0.6, 10, rng)
    perfect = curves(prints, np.random.default_rng(1), **PERFECT)
    sizes = [
        np.abs(
            curves(prints, np.random.default_rng(1), **(PERFECT | {setting: size})) - perfect
        ).max()
        for size in (0.1, 0.01, 0.001)
    ]
    assert sizes[0] > 5 * sizes[1] > 25 * sizes[2] > 0


def test_toe_shifts_and_rounding_stays_below_the_knee(rng):
    prints = draw("octet", 0.6, 10, rng)
    perfect = curves(prints, np.random.default_rng(1), **PERFECT)
    for setting in ({"toe": 1.0}, {"rounding": 0.12}):
        real = curves(prints, np.random.default_rng(1), **(PERFECT | setting))
        assert np.all(real <= perfect + 5e-3)
        assert np.all(np.diff(real, axis=1) > 0)


def test_curves_start_at_zero_and_their_noise_is_as_said(rng):
    prints = draw("gyroid", 0.6, 200, rng)
    noisy, clean = (curves(prints, np.random.default_rng(1), noise=noise) for noise in (0.004, 0.0))
    assert np.all(noisy[:, 0] == 0)
    ratio = (noisy - clean)[:, 1:] / prints.yield_stress[:, None]
    assert ratio.std() == pytest.approx(0.004, rel=0.05)
    assert ratio.mean() == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_spread_scales_the_scatter(kind):
    none, some = (draw(kind, s, 4000, np.random.default_rng(2)) for s in (0.0, 0.6))
    assert np.all(none.density == 0.2)
    assert np.array_equal(none.holes, some.holes)
    assert np.std(np.log(some.density)) == pytest.approx(0.6 * 0.09, rel=0.05)
    assert np.corrcoef(some.quality, np.log(some.density))[0, 1] == pytest.approx(0.8, abs=0.03)
    defects = 0.01 * some.holes + 0.015 * np.maximum(0, -some.quality)
    modulus, strength = power_laws(kind, some.density, defects)
    assert np.std(np.log(some.modulus / modulus)) == pytest.approx(0.6 * 0.12, rel=0.05)
    assert np.std(np.log(some.yield_stress / strength)) == pytest.approx(0.6 * 0.05, rel=0.05)
    assert np.std(some.hardening_modulus / some.yield_stress) == pytest.approx(0.27, rel=0.05)
    assert np.all(draw(kind, 2.0, 4000, np.random.default_rng(2)).hardening_modulus > 0)


def test_bad_prints_have_more_flaws(rng):
    prints = draw("octet", 0.6, 8000, rng)
    good, bad = prints.holes[prints.quality > 0], prints.holes[prints.quality < 0]
    assert good.mean() == pytest.approx(1.2, abs=0.08)
    assert bad.mean() == pytest.approx(1.2 + 1.2 * np.sqrt(2 / np.pi), abs=0.12)


def test_the_truth_about_a_kind(rng):
    prints = draw("gyroid", 0.6, 3000, rng)
    known = truth("gyroid", prints, 0.6)
    for name in PARAMETERS:
        assert known["mean"][name] == pytest.approx(known["population"][name], rel=0.015)
        assert known["nominal"][name] == pytest.approx(known["population"][name], rel=0.1)
    assert known["nominal"]["modulus"] * known["nominal"]["yield_strain"] == pytest.approx(
        known["nominal"]["yield_stress"]
    )
    assert known["curve"] == pytest.approx(curves(prints, rng).mean(axis=0), abs=0.3)
    late = STRAIN > 0.1  # beyond every knee, where toe and rounding have died out
    slope = np.polyfit(STRAIN[late], known["curve"][late], 1)[0]
    assert slope == pytest.approx(known["population"]["hardening_modulus"], rel=0.01)
    known["curve"][:] = 0  # the reader's copy
    assert truth("gyroid", prints, 0.6)["curve"].max() > 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_two_piece_fit_recovers_a_two_piece_curve(kind, rng):
    prints = draw(kind, 0.6, 8, rng)
    for k, stress in enumerate(curves(prints, rng, **PERFECT)):
        fitted = two_piece(STRAIN, stress)
        for name in PARAMETERS:
            assert fitted[name] == pytest.approx(getattr(prints, name)[k], rel=1e-4)


def test_the_two_piece_fit_is_the_best(rng):
    stress = truth("gyroid", draw("gyroid", 0.6, 5, rng), 0.6)["curve"]

    def misfit(modulus, knee, hardening):
        two = modulus * np.minimum(STRAIN, knee) + hardening * np.maximum(STRAIN - knee, 0)
        return np.sum((two - stress) ** 2)

    fitted = two_piece(STRAIN, stress)
    best = np.array([fitted[n] for n in ("modulus", "yield_strain", "hardening_modulus")])
    assert fitted["yield_stress"] == pytest.approx(best[0] * best[1])
    for _ in range(200):
        size = 10.0 ** rng.uniform(-4, -1)
        assert misfit(*(best * (1 + size * rng.standard_normal(3)))) >= misfit(*best)


@pytest.mark.parametrize("kind", KINDS)
def test_toe_and_rounding_hide_part_of_the_modulus(kind, rng):
    known = truth(kind, draw(kind, 0.6, 5, rng), 0.6)
    apparent, true = known["apparent"], known["population"]
    assert 0.7 < apparent["modulus"] / true["modulus"] < 0.9
    assert 1.1 < apparent["yield_strain"] / true["yield_strain"] < 1.35
    assert apparent["yield_stress"] == pytest.approx(true["yield_stress"], rel=0.02)
    assert apparent["hardening_modulus"] == pytest.approx(true["hardening_modulus"], rel=0.08)
    perfect = curves(draw(kind, 0.6, 4000, rng), rng, **PERFECT).mean(axis=0)
    assert two_piece(STRAIN, perfect)["modulus"] == pytest.approx(true["modulus"], rel=0.02)


# ---- streams


def test_streams_differ_by_lattice_kind_purpose_and_seed():
    keys = [(0, "gyroid", 0, 0), (1, "gyroid", 0, 0), (0, "octet", 0, 0), (0, "gyroid", 1, 0)]
    first = [stream(*key).random() for key in [*keys, (0, "gyroid", 0, 1), (0, "gyroid", 0, 2)]]
    assert len(set(first)) == 6
    assert stream(0, "octet", 4, LATENT).random() == stream(0, "octet", 4, LATENT).random()


def test_more_lattices_leave_the_others_alone():
    few, many = specimens(0.6, 3, 2, seed=5), specimens(0.6, 6, 4, seed=5)
    assert np.array_equal(few.curve[:3], many.curve[:3])
    assert np.array_equal(few.curve[3:], many.curve[6:8])
    assert few.row(4) == many.row(7)
    assert few.ids.tolist() == ["gyroid-00", "gyroid-01", "gyroid-02", "octet-00", "octet-01"]
    assert few.curve.dtype == np.float32
    assert few.row(3)[0] == "octet"
    assert all(
        len(getattr(few.prints["gyroid"], f.name)) == 3
        for f in dataclasses.fields(mechanics.Prints)
        if f.name != "kind"
    )


# ---- the dial


@pytest.fixture(scope="module")
def dial():
    """Accuracy of k-means on curves alone, (spreads, seeds)."""

    def accuracy(spread, seed):
        chosen = specimens(spread, 48, 43, seed)
        clusters = KMeans(2, n_init=3, random_state=0).fit_predict(chosen.curve)
        return clustering_accuracy(chosen.labels, clusters)

    return np.array([[accuracy(s, seed) for seed in range(6)] for s in (0.0, 0.4, 0.8, 1.2)])


def test_the_dial_makes_it_harder(dial):
    mean = dial.mean(axis=1)
    assert np.all(np.diff(mean) < -0.02)
    assert np.all(np.diff(dial, axis=0).mean(axis=1) < 0)


def test_the_dial_runs_from_easy_to_hard(dial):
    assert dial[0].mean() > 0.95
    assert 0.87 < dial[1].mean() < 0.97
    assert 0.65 < dial[3].mean() < 0.82


# ---- another law


def menegotto(prints, k, x, power):
    """Menegotto and Pinto's law as they print it, in normalised stress and strain."""
    b = prints.hardening_modulus[k] / prints.modulus[k]
    ratio = x / prints.yield_strain[k]
    normalised = b * ratio + (1 - b) * ratio / (1 + ratio**power) ** (1 / power)
    return prints.yield_stress[k] * normalised


@pytest.mark.parametrize("law", mechanics.SHARPNESS)
def test_the_other_law_is_menegottos(law, rng):
    prints = draw("octet", 0.6, 6, rng)
    plain = {"toe": 0.0, "ripple": 0.0, "noise": 0.0, "law": law}
    found = curves(prints, rng, **plain)
    power = mechanics.SHARPNESS[law]
    for k in range(6):
        assert found[k] == pytest.approx(
            menegotto(prints, k, STRAIN, power), rel=1e-8
        )  # toe of 1e-12
        wrong = menegotto(prints, k, STRAIN, power + 0.5)
        assert np.abs(found[k] - wrong).max() > 1e-3 * prints.yield_stress[k]


def test_all_laws_tend_to_the_same_straight_lines(rng):
    prints = draw("gyroid", 0.6, 3, rng)
    far = np.array([0.0, 1e-5, 3.0, 3.1])
    for law in mechanics.CURVE_LAWS:
        stress = curves(prints, rng, far, toe=0.0, ripple=0.0, noise=0.0, law=law)
        assert stress[:, 1] / far[1] == pytest.approx(prints.modulus, rel=1e-3)
        beyond = (stress[:, 3] - stress[:, 2]) / (far[3] - far[2])
        assert beyond == pytest.approx(prints.hardening_modulus, rel=1e-3)


def test_menegottos_knee_is_as_sharp_as_the_softplus_one(rng):
    prints = draw("gyroid", 0.6, 1, rng)
    at = np.array([0.0, prints.yield_strain[0]])
    plain = {"toe": 0.0, "ripple": 0.0, "noise": 0.0}
    below = {
        law: prints.yield_stress[0] - curves(prints, rng, at, **plain, law=law)[0, 1]
        for law in mechanics.CURVE_LAWS
    }
    assert below["menegotto"] == pytest.approx(below["softplus"], rel=0.01)
    assert 1.8 < below["gradual"] / below["softplus"] < 2


def test_a_law_changes_curves_and_nothing_else():
    usual, other = specimens(0.6, 3, 2, seed=5), specimens(0.6, 3, 2, seed=5, law="gradual")
    assert not np.allclose(usual.curve, other.curve, atol=0.1)
    assert np.array_equal(usual.prints["octet"].modulus, other.prints["octet"].modulus)
    assert np.array_equal(usual.labels, other.labels)


def test_the_truth_follows_the_law(rng):
    prints = draw("octet", 0.6, 3, rng)
    usual, other = truth("octet", prints, 0.6), truth("octet", prints, 0.6, "gradual")
    assert usual["population"] == other["population"]
    assert other["apparent"]["modulus"] < 0.97 * usual["apparent"]["modulus"]
