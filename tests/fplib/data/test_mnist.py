import subprocess
import sys

import numpy as np
import pytest

from fplib.data import mnist
from fplib.data.mnist import curves, stratified_order


def noise(split, t, std):
    return (split["curve"].astype(np.float64) - split.labels[:, None] * t.astype(np.float64)) / std


# ---- the split


def test_sizes_shapes_and_types(data):
    assert [s.n for s in (data.train, data.validation, data.test)] == [54000, 6000, 10000]
    for split in (data.train, data.validation, data.test):
        assert list(split) == ["image", "curve"]
        assert split["image"].shape == (split.n, 28, 28)
        assert split["curve"].shape == (split.n, 20)
        assert split["image"].dtype == split["curve"].dtype == np.float32
        assert split.labels.dtype == np.int64
        assert split["image"].min() == 0
        assert split["image"].max() == 1
    assert data.synthetic == ("curve",)
    assert np.allclose(data.t, np.arange(20) / 19, atol=1e-7)
    assert set(data.hashes) == {"train-images", "train-labels", "t10k-images", "t10k-labels"}
    assert all(len(value) == 64 for value in data.hashes.values())


def test_every_specimen_stands_in_one_split(data):
    ids = np.concatenate([s.ids for s in (data.train, data.validation, data.test)])
    assert np.array_equal(np.sort(ids), np.arange(70000))
    assert np.array_equal(data.test.ids, np.arange(60000, 70000))


def test_the_split_is_stratified(data):
    both = np.bincount(data.train.labels) + np.bincount(data.validation.labels)
    assert both.tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.all(np.abs(np.bincount(data.validation.labels) - both / 10) < 1)
    assert np.bincount(data.test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


def test_images_and_labels_belong_together(data, real):
    from fplib.data import mnist_files

    files, _ = mnist_files.load()
    for split in (data.train, data.validation):
        assert np.array_equal(split.labels, files["train-labels"][split.ids])
        assert np.array_equal(np.rint(split["image"] * 255), files["train-images"][split.ids])
    assert np.array_equal(np.rint(data.test["image"] * 255), files["t10k-images"])


def test_subsets_are_stratified_and_nest(real, data):
    small, large = real(digits=700), real(digits=5000)
    assert (small.train.n, large.train.n) == (700, 5000)
    assert set(small.train.ids) < set(large.train.ids) < set(data.train.ids)
    share = np.bincount(data.train.labels) / data.train.n
    for subset in (small, large):
        assert np.all(np.abs(np.bincount(subset.train.labels) - share * subset.train.n) < 1.5)
        assert subset.info["digits"] == subset.train.n
        for split in ("validation", "test"):
            for name in ("image", "curve"):
                assert np.array_equal(getattr(subset, split)[name], getattr(data, split)[name])
    rows = np.searchsorted(data.train.ids, small.train.ids)
    for name in ("image", "curve"):  # the same digit has the same noise in every subset
        assert np.array_equal(small.train[name], data.train[name][rows])


@pytest.mark.parametrize("counts", [[50, 50], [90, 9, 1], [33, 0, 67], [7, 7, 7, 7, 7]])
def test_every_leading_part_is_in_proportion(counts):
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(len(counts)), counts))
    order = stratified_order(labels, np.random.default_rng(2))
    assert np.array_equal(np.sort(order), np.arange(len(labels)))
    for n in range(1, len(labels) + 1):
        seen = np.bincount(labels[order[:n]], minlength=len(counts))
        assert np.all(np.abs(seen - np.array(counts) * n / len(labels)) <= len(counts) / 2)


def test_the_order_within_a_class_is_random():
    labels = np.zeros(2000, int)
    order = stratified_order(labels, np.random.default_rng(0))
    other = stratified_order(labels, np.random.default_rng(1))
    assert abs(np.corrcoef(order, np.arange(2000))[0, 1]) < 5 / np.sqrt(2000)
    assert abs(np.corrcoef(order, other)[0, 1]) < 5 / np.sqrt(2000)


# ---- the noise


@pytest.mark.parametrize(
    ("arguments", "std", "reading"),
    [
        ({}, 0.01, "std"),
        ({"noise_std": 0.5}, 0.5, "std"),
        ({"noise_variance": 0.5}, np.sqrt(0.5), "variance"),
        ({"noise_variance": 0.01}, 0.1, "variance"),
    ],
)
def test_the_noise_has_the_level_asked_for(real, arguments, std, reading):
    data = real(**arguments)
    assert data.info["noise_std"] == pytest.approx(std)
    assert data.info["noise_variance"] == pytest.approx(std**2)
    assert data.info["noise_reading"] == reading
    for split in (data.train, data.validation, data.test):
        residual = noise(split, data.t, std)
        # Five standard errors: a false alarm in 2 million for each.
        assert abs(residual.mean()) < 5 / np.sqrt(residual.size)
        assert abs(residual.std() - 1) < 5 / np.sqrt(2 * residual.size)
        each_point = residual.std(axis=0)
        assert np.all(np.abs(each_point - 1) < 5 / np.sqrt(2 * split.n))
        neighbours = np.mean(residual[:, 1:] * residual[:, :-1], axis=0)
        assert np.all(np.abs(neighbours) < 5 / np.sqrt(split.n))
        specimens = np.mean(residual[1:] * residual[:-1])
        assert abs(specimens) < 5 / np.sqrt(residual.size)


def test_each_split_has_its_own_stream(data):
    residuals = [noise(s, data.t, 0.01) for s in (data.train, data.validation, data.test)]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        n = min(len(residuals[a]), len(residuals[b]))
        assert abs(np.mean(residuals[a][:n] * residuals[b][:n])) < 5 / np.sqrt(20 * n)


def test_no_noise_gives_the_lines_themselves(real):
    data = real(noise_std=0, digits=100)
    expected = data.train.labels[:, None] * np.linspace(0, 1, 20)
    assert np.array_equal(data.train["curve"], expected.astype(np.float32))


def test_the_level_scales_the_same_draws(real):
    quiet, loud = real(digits=500), real(digits=500, noise_std=0.5)
    a, b = noise(quiet.train, quiet.t, 0.01), noise(loud.train, loud.t, 0.5)
    assert np.array_equal(quiet.train.ids, loud.train.ids)
    assert np.abs(a - b).max() < 1e-3  # float32 curves near 9, noise 0.01


def test_curves_follow_labels_and_grid():
    t = np.linspace(0, 1, 5)
    result = curves(np.array([0, 3]), t, 0.0, np.random.default_rng(0))
    assert np.allclose(result, [[0, 0, 0, 0, 0], [0, 0.75, 1.5, 2.25, 3]])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [({}, 1.0), ({"noise_std": 0.5}, 0.9920), ({"noise_variance": 0.5}, 0.9420)],
)
def test_the_curve_alone_tells_as_much_as_theory_says(real, arguments, expected):
    data = real(digits=10, **arguments)
    t = np.linspace(0, 1, 20)
    slope = data.test["curve"].astype(np.float64) @ t / (t @ t)
    accuracy = np.mean(np.clip(np.rint(slope), 0, 9) == data.test.labels)
    error = np.sqrt(expected * (1 - expected) / data.test.n)
    assert abs(accuracy - expected) <= 5 * error


# ---- repeatable


def test_the_same_seed_gives_the_same_bits(real, data):
    again = real()
    for split in ("train", "validation", "test"):
        a, b = getattr(data, split), getattr(again, split)
        assert np.array_equal(a.ids, b.ids)
        assert np.array_equal(a.labels, b.labels)
        for name in a:
            assert a[name].tobytes() == b[name].tobytes()


def test_another_seed_gives_another_split_and_other_noise(real, data):
    other = real(seed=1)
    assert not np.array_equal(data.validation.ids, other.validation.ids)
    assert not np.array_equal(data.test["curve"], other.test["curve"])
    assert np.array_equal(data.test["image"], other.test["image"])


def test_global_random_state_is_left_alone(real):
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    real(digits=10)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


# ---- the slopes


def test_slopes_can_be_given_to_digits_in_another_order(real):
    order = np.array([3, 7, 0, 9, 1, 4, 8, 2, 6, 5])
    given, own = real(noise_std=0.5, digits=100, slopes=order), real(noise_std=0.5, digits=100)
    assert given.info["slopes"] == order.tolist()
    assert "slopes" not in own.info
    for split in ("train", "validation", "test"):
        ours, theirs = getattr(given, split), getattr(own, split)
        assert np.array_equal(ours.labels, theirs.labels)
        assert np.array_equal(ours.ids, theirs.ids)
        assert np.array_equal(ours["image"], theirs["image"])
        lift = (order[ours.labels] - ours.labels)[:, None] * given.t
        assert np.allclose(ours["curve"] - theirs["curve"], lift, atol=1e-5)


def test_the_digits_themselves_are_the_usual_slopes(real):
    given = real(noise_std=0.5, digits=100, slopes=range(10))
    assert np.array_equal(given.train["curve"], real(noise_std=0.5, digits=100).train["curve"])


# ---- arguments


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"noise_std": 0.5, "noise_variance": 0.5}, "noise_std, noise_variance: expected one"),
        ({"noise_std": -1}, "noise_std: expected a finite number"),
        ({"noise_std": float("nan")}, "noise_std: .* received nan"),
        ({"noise_std": "loud"}, "noise_std: .* received 'loud'"),
        ({"noise_variance": -0.1}, "noise_variance: expected a finite number"),
        ({"noise_variance": float("inf")}, "noise_variance: .* received inf"),
        ({"seed": -1}, "seed: expected an integer"),
        ({"seed": 0.5}, "seed: .* received 0.5"),
        ({"seed": True}, "seed: .* received True"),
        ({"digits": 0}, "digits: expected an integer in 1 … 54000"),
        ({"digits": 54001}, "digits: .* received 54001"),
        ({"digits": 10.0}, "digits: .* received 10.0"),
        ({"slopes": [1, 2]}, "slopes: expected 10 finite numbers"),
        ({"slopes": [*range(9), float("nan")]}, "slopes: expected 10 finite numbers"),
        ({"slopes": "steep"}, "slopes: .* received 'steep'"),
    ],
)
def test_errors_name_the_argument(real, arguments, message):
    with pytest.raises(ValueError, match=message):
        real(**arguments)


def test_settings_are_kept_for_the_record(real):
    info = real(noise_std=0.5, seed=7, digits=20).info
    assert info["seed"] == 7
    assert info["digits"] == 20
    assert info["source"] in ("cache", "folder", "mirror", "wheel")


def test_importing_the_data_module_is_light():
    code = (
        "import sys, fplib.data; "
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'scipy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_function_stays_callable_beside_its_module():
    import fplib.data.mnist  # the module of the same name must not take its place

    assert callable(fplib.data.mnist)
    assert fplib.data.mnist is mnist
