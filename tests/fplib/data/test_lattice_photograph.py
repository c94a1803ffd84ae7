"""Photographs: what they show, what they must not give away."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from fplib.data.lattice import tracing
from fplib.data.lattice.geometry import half_wall
from fplib.data.lattice.mechanics import KINDS
from fplib.data.lattice.photograph import develop, normals, photograph
from fplib.data.lattice.specimens import PHOTOGRAPH, specimens, stream
from fplib.data.lattice.storage import render
from fplib.data.lattice.tracing import VIEW, build, camera, trace


@pytest.fixture(scope="module")
def album():
    chosen = specimens(0.6, 20, 20, seed=3)
    return chosen, render(chosen, 48)


def flat(kind, pixels=48, **changed):
    """A lattice seen straight on: rays along z on a grid of `pixels` points across one cell."""
    solid = build(kind, 0.2, 0.0, 0, np.random.default_rng(0))
    parts = {name: getattr(solid, name) for name in solid.__dataclass_fields__}
    solid = tracing.Solid(**(parts | {"rough": 0.0, "wavy": 0.0} | changed))
    axis = (np.arange(pixels) + 0.5) / pixels
    x, y = np.meshgrid(axis, axis)
    start = np.stack([x.ravel(), y.ravel(), np.full(pixels**2, -0.2)]).astype(np.float32)
    heading = np.zeros_like(start)
    heading[2] = 1
    return solid, start, heading


@pytest.mark.parametrize("kind", KINDS)
def test_rays_stop_at_the_first_surface(kind):
    solid, start, heading = flat(kind)
    points, hit = trace(solid, start, heading, 1 / 48)
    assert hit.mean() > 0.9
    assert np.array_equal(points[:2], start[:2])
    assert np.all(np.abs(solid.distance(points[:, hit])) < 0.5 / 48 + 1e-3)
    # Nothing solid in front: sample the way that each ray has come.
    for share in np.linspace(0.02, 0.98, 60):
        between = start + (points - start) * np.float32(share)
        assert solid.distance(between).min() > -1e-3


def test_the_gyroid_is_cut_and_the_octet_keeps_its_front_struts():
    for kind, front in (("gyroid", 0.0), ("octet", -half_wall("octet", 0.2))):
        solid, start, heading = flat(kind)
        points, hit = trace(solid, start, heading, 1 / 48)
        assert points[2, hit].min() == pytest.approx(front, abs=0.01)
    strut = np.flatnonzero(np.abs(start[0] - start[1]) < 1e-6)  # along [110] in the front plane
    assert points[2, strut] == pytest.approx(solid.front, abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_roughness_moves_the_surface_by_its_amplitude(kind):
    solid, start, _ = flat(kind, rough=0.004, wavy=0.0)
    smooth, _, _ = flat(kind)
    inside = start.copy()
    inside[2] = 0.4
    change = solid.distance(inside) - smooth.distance(inside)
    near = np.abs(smooth.distance(inside)) < 3.5 * 0.004
    assert change[near].std() == pytest.approx(0.004, rel=0.3)
    assert np.all(change[~near] == 0)
    assert np.array_equal(solid.distance(inside, fine=False), smooth.distance(inside, fine=False))


def test_a_hole_lets_rays_through():
    middle = np.array([[0.25, 0.25, 0.0, 0.06, 0.06, 0.0, 0.11]])
    whole, start, heading = flat("octet")
    broken, _, _ = flat("octet", holes=middle)
    at = np.argmin(np.sum((start[:2].T - 0.25) ** 2, axis=1))
    before, _ = trace(whole, start, heading, 1 / 48)
    after, _ = trace(broken, start, heading, 1 / 48)
    assert before[2, at] == pytest.approx(whole.front, abs=0.02)
    assert after[2, at] > 0.03
    away = np.linalg.norm(start[:2] - 0.25, axis=0) > 0.3
    assert np.allclose(before[:, away], after[:, away], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_flaws_lie_in_the_material_within_sight(kind):
    solid = build(kind, 0.2, -1.0, 40, np.random.default_rng(1))
    assert solid.holes.shape == (40, 7)
    centres = solid.holes[:, :3].T.astype(np.float32)
    intact = tracing.Solid(**(dict(vars(solid)) | {"holes": np.zeros((0, 7))}))
    assert np.all(intact.distance(centres, fine=False) <= 0)
    assert np.all(solid.distance(centres, fine=False) > 0.05)
    assert np.all(np.abs(centres[:2]) < VIEW / 2 + 0.2)
    assert np.all(centres[2] < 0.31)


def test_bad_prints_are_rougher_and_sag_more():
    good, bad = (build("octet", 0.2, q, 0, np.random.default_rng(1)) for q in (1.0, -2.0))
    assert bad.rough > 1.5 * good.rough
    assert not np.array_equal(bad.table, good.table)


@pytest.mark.parametrize("kind", KINDS)
def test_normals_face_the_camera(kind):
    solid, start, heading = flat(kind)
    points, hit = trace(solid, start, heading, 1 / 48)
    normal = normals(solid, points[:, hit], 0.0)
    assert np.allclose(np.linalg.norm(normal, axis=0), 1, atol=1e-3)
    assert np.mean(normal[2] < 0.15) > 0.97
    front = points[2, hit] < solid.front  # cut by the saw, save for the very edge
    assert np.mean(normal[2, front] < -0.99) > 0.8


def test_the_camera_sees_five_and_a_half_cells():
    for seed in range(5):
        start, heading = camera(32, np.random.default_rng(seed))
        assert np.allclose(np.linalg.norm(heading, axis=0), 1, atol=1e-5)
        target = start - heading * (start[2] / heading[2])
        corners = target[:2, [0, 31]]
        width = np.linalg.norm(corners[:, 1] - corners[:, 0]) * 32 / 31
        assert width == pytest.approx(VIEW, rel=0.04)
        assert np.all(np.abs(target[:2].mean(axis=1)) < 0.2)
        assert target[1, 0] > target[1, -1]  # the top row shows the upper end


def test_photographs_are_reproducible_and_all_different(album):
    chosen, images = album
    print_ = chosen.prints["octet"]
    again = photograph(
        "octet",
        print_.density[2],
        print_.quality[2],
        int(print_.holes[2]),
        48,
        stream(3, "octet", 2, PHOTOGRAPH),
    )
    assert np.array_equal(images[22], again)
    assert images.dtype == np.uint8
    assert len({image.tobytes() for image in images}) == 40


def test_more_pixels_show_the_same_scene(album):
    chosen, images = album
    for index, kind, number in ((0, "gyroid", 0), (20, "octet", 0)):
        _, row = chosen.row(index)
        fine = photograph(
            kind, row["density"], row["quality"], row["holes"], 96,
            stream(3, kind, number, PHOTOGRAPH),
        )  # fmt: skip
        coarse = fine.reshape(48, 2, 48, 2).mean(axis=(1, 3))
        assert np.corrcoef(coarse.ravel(), images[index].ravel())[0, 1] > 0.7
        assert coarse.mean() == pytest.approx(images[index].mean(), rel=0.1)


def test_photographs_are_exposed_like_photographs(album):
    _, images = album
    assert np.all(images.std(axis=(1, 2)) > 25)
    assert np.all(np.mean(images == 255, axis=(1, 2)) < 0.2)
    assert np.all(np.percentile(images, 5, axis=(1, 2)) < 110)


def test_mean_grey_is_no_cue(album):
    chosen, images = album
    grey = images.mean(axis=(1, 2))
    gyroid, octet = grey[chosen.labels == 0], grey[chosen.labels == 1]
    pooled = np.sqrt((gyroid.var(ddof=1) + octet.var(ddof=1)) / 2)
    assert abs(gyroid.mean() - octet.mean()) < 1.5 * pooled


def test_the_kind_can_be_seen(album):
    chosen, images = album
    # Bands against a grid: the spectrum does not depend on where the camera stood.
    spectra = np.abs(np.fft.fft2(images - images.mean(axis=(1, 2), keepdims=True)))[:, :16, :16]
    spectra = spectra.reshape(40, -1)
    known = np.arange(40) % 2 == 0
    neighbour = KNeighborsClassifier(1).fit(spectra[known], chosen.labels[known])
    assert neighbour.score(spectra[~known], chosen.labels[~known]) > 0.9


def test_the_look_of_photographs_does_not_change_curves(monkeypatch):
    before = specimens(0.6, 2, 2, seed=0)
    photographs = render(before, 32)
    monkeypatch.setattr(tracing, "VIEW", 4.0)
    after = specimens(0.6, 2, 2, seed=0)
    assert not np.array_equal(render(after, 32), photographs)
    assert np.array_equal(after.curve, before.curve)


def test_develop_scales_out_the_brightness(rng):
    image = rng.random((64, 64))
    dim, bright = (develop(a * image, np.random.default_rng(4)) for a in (0.01, 100.0))
    assert np.abs(dim.astype(int) - bright).max() <= 1
    assert not np.array_equal(dim, develop(image, np.random.default_rng(5)))
