"""The data set as handed over: split by lattice, tiles, flips, truth, cache, errors."""

import io
import warnings

import numpy as np
import pytest

from fplib.data import lattice
from fplib.data.lattice import FLIPS, lattices_of, mechanics, specimens, storage

SMALL = {"gyroid": 6, "octet": 5, "pixels": 32, "test_share": 0.2, "validation_share": 0.2}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def data(cache):
    return lattice(**SMALL, cache=cache)


@pytest.fixture
def quick(monkeypatch):
    """Replace photographs by blank paper of the right size; return the list of what was rendered."""
    rendered = []

    def render(chosen, pixels):
        rendered.append(len(chosen.ids))
        return np.zeros((len(chosen.ids), pixels, pixels), np.uint8)

    monkeypatch.setattr(storage, "render", render)
    return rendered


def arrays(data):
    for split in (data.train, data.validation, data.test):
        yield from (split["image"], split["curve"], split.labels, split.ids)


def equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(other), strict=True))


def test_the_function_stays_callable_beside_its_package():
    import fplib.data.lattice  # the package of the same name must not take its place

    assert callable(fplib.data.lattice)


# ---- shapes, ids, labels


def test_shapes_types_and_names(data):
    assert [s.n for s in (data.train, data.validation, data.test)] == [6 * 16, 2 * 4, 3 * 4]
    for split in (data.train, data.validation, data.test):
        assert list(split) == ["image", "curve"]
        assert split["image"].shape == (split.n, 16, 16)
        assert split["curve"].shape == (split.n, 100)
        assert split["image"].dtype == split["curve"].dtype == np.float32
        assert 0 <= split["image"].min() < 0.1
        assert 0.7 < split["image"].max() <= 1
    assert data.name == "lattice"
    assert data.synthetic == ("image", "curve")
    assert np.allclose(data.t, np.linspace(0, 0.2, 100), atol=1e-8)
    assert set(data.hashes) == {"photographs", "curves"}


def test_the_default_is_the_papers_count(quick, tmp_path):
    whole = lattice(pixels=32, tiles=False, validation_share=0, cache=tmp_path)
    assert (whole.train.n, whole.validation.n, whole.test.n) == (72, 0, 19)
    default = lattice(pixels=32, tiles=False, cache=tmp_path)
    assert (default.train.n, default.validation.n, default.test.n) == (63, 9, 19)
    assert np.array_equal(default.test.ids, whole.test.ids)
    assert np.bincount(np.concatenate([whole.train.labels, whole.test.labels])).tolist() == [48, 43]
    assert np.bincount(whole.test.labels).tolist() == [10, 9]
    assert quick == [91]


def test_ids_tell_lattice_quadrant_and_flip(data):
    for split in (data.train, data.validation, data.test):
        for name, label in zip(split.ids, split.labels, strict=True):
            kind, quadrant, flip = name.split("/")
            assert kind.startswith(("gyroid", "octet")[label])
            assert quadrant in ("top-left", "top-right", "bottom-left", "bottom-right")
            assert flip in FLIPS


@pytest.mark.parametrize("split_seed", range(5))
def test_no_lattice_stands_in_two_splits(cache, split_seed):
    divided = lattice(**SMALL, cache=cache, split_seed=split_seed)
    parts = [set(lattices_of(s.ids)) for s in (divided.train, divided.validation, divided.test)]
    assert [len(part) for part in parts] == [6, 2, 3]
    assert len(set.union(*parts)) == 11
    for name, part in zip(("train", "validation", "test"), parts, strict=True):
        assert {k for k, v in divided.info["lattices"].items() if v["split"] == name} == part


def test_split_seed_changes_the_split_alone(data, cache):
    other = lattice(**SMALL, cache=cache, split_seed=7)
    assert other.hashes == data.hashes
    assert set(other.test.ids) != set(data.test.ids)
    assert equal(data, lattice(**SMALL, cache=cache, split_seed=0))


def test_flips_stand_in_training_only(data):
    assert {name.split("/")[2] for name in data.train.ids} == set(FLIPS)
    assert {name.split("/")[2] for s in (data.validation, data.test) for name in s.ids} == {"as-is"}


def test_tiles_are_quadrants_and_flips_of_the_photograph(data, cache):
    whole = lattice(**SMALL, cache=cache, tiles=False)
    photographs = dict(zip(whole.train.ids, whole.train["image"], strict=True))
    rows = {"top": slice(0, 16), "bottom": slice(16, 32)}
    columns = {"left": slice(0, 16), "right": slice(16, 32)}
    turns = {"as-is": lambda a: a, "left-right": np.fliplr, "up-down": np.flipud}
    turns["both"] = lambda a: np.rot90(a, 2)
    for name, image in zip(data.train.ids, data.train["image"], strict=True):
        specimen, quadrant, flip = name.split("/")
        row, column = quadrant.split("-")
        expected = turns[flip](photographs[specimen][rows[row], columns[column]])
        assert np.array_equal(image, expected)


def test_all_tiles_of_a_lattice_share_its_curve(data):
    curves = dict(zip(specimens(0.6, 6, 5, 0).ids, specimens(0.6, 6, 5, 0).curve, strict=True))
    for split in (data.train, data.validation, data.test):
        for name, curve in zip(lattices_of(split.ids), split["curve"], strict=True):
            assert np.array_equal(curve, curves[name])


# ---- truth


def test_true_parameters_of_lattices_and_kinds(data):
    rows = data.info["lattices"]
    assert len(rows) == 11
    for kind in ("gyroid", "octet"):
        mine = [row for row in rows.values() if row["kind"] == kind]
        truth = data.info["kinds"][kind]
        for name in mechanics.PARAMETERS:
            values = [row[name] for row in mine]
            assert truth["mean"][name] == pytest.approx(np.mean(values))
            assert truth["std"][name] == pytest.approx(np.std(values))
            assert truth["population"][name] == pytest.approx(truth["nominal"][name], rel=0.12)
            standard_error = np.std(values, ddof=1) / np.sqrt(len(values))
            assert abs(np.mean(values) - truth["population"][name]) < 5 * standard_error
        assert truth["curve"].shape == (100,)
        for row in mine:
            assert row["yield_strain"] == pytest.approx(row["yield_stress"] / row["modulus"])


# ---- determinism and cache


def test_the_same_seed_gives_the_same_bytes(data, tmp_path):
    again = lattice(**SMALL, cache=tmp_path)
    assert again.hashes == data.hashes
    assert equal(data, again)


def test_another_seed_gives_other_lattices(data, tmp_path):
    other = lattice(**SMALL, seed=1, cache=tmp_path)
    assert other.hashes["photographs"] != data.hashes["photographs"]
    assert other.hashes["curves"] != data.hashes["curves"]


def test_a_cached_set_is_read_and_equal(quick, tmp_path):
    first = lattice(**SMALL, cache=tmp_path)
    second = lattice(**SMALL, cache=tmp_path)
    assert quick == [11]
    assert equal(first, second)
    assert len(list((tmp_path / "lattice").glob("*.npz"))) == 1


@pytest.mark.parametrize("change", [{"spread": 0.7}, {"seed": 3}, {"pixels": 34}, {"octet": 4}])
def test_other_settings_are_another_entry(quick, tmp_path, change):
    lattice(**SMALL, cache=tmp_path)
    lattice(**(SMALL | change), cache=tmp_path)
    assert len(quick) == 2
    assert len(list((tmp_path / "lattice").glob("*.npz"))) == 2


def test_another_version_is_another_entry(quick, tmp_path, monkeypatch):
    lattice(**SMALL, cache=tmp_path)
    monkeypatch.setattr(storage, "VERSION", storage.VERSION + 1)
    lattice(**SMALL, cache=tmp_path)
    assert len(quick) == 2


def packed(**changed):
    content = io.BytesIO()
    np.savez(content, **changed)
    return content.getvalue()


@pytest.mark.parametrize(
    "tamper",
    [
        lambda old, content: b"",
        lambda old, content: content[: len(content) // 2],
        lambda old, content: packed(**(old | {"photographs": 255 - old["photographs"]})),
        lambda old, content: packed(**(old | {"curve": old["curve"] + 1})),
        lambda old, content: packed(**(old | {"photographs": np.zeros((11, 32, 33), np.uint8)})),
        lambda old, content: packed(**(old | {"photographs": np.array([{}], object)})),
        lambda old, content: packed(**(old | {"extra": np.zeros(10**6)})),
        lambda old, content: packed(photographs=old["photographs"]),
    ],
    ids=["empty", "cut", "photographs", "curve", "shape", "pickle", "large", "digest"],
)
def test_a_tampered_entry_is_replaced(quick, tmp_path, tamper):
    first = lattice(**SMALL, cache=tmp_path)
    (path,) = (tmp_path / "lattice").glob("*.npz")
    content = path.read_bytes()
    with np.load(path) as archive:
        old = dict(archive)
    path.write_bytes(tamper(old, content))
    assert equal(first, lattice(**SMALL, cache=tmp_path))
    assert len(quick) == 2
    assert equal(first, lattice(**SMALL, cache=tmp_path))
    assert len(quick) == 2  # the entry is sound again


def test_a_folder_that_cannot_be_written_is_a_warning(quick, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.warns(UserWarning, match="could not be cached.*FPLIB_CACHE"):
        assert lattice(**SMALL, cache=blocked).train.n == 96


# ---- errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"spread": -0.1}, "spread: expected a number in 0 … 2, received -0.1; 0.6"),
        ({"spread": float("nan")}, "spread: .*received nan"),
        ({"spread": "wide"}, "spread: .*received 'wide'"),
        ({"spread": True}, "spread: .*received True"),
        ({"gyroid": 0}, "gyroid: expected an integer ≥ 1, received 0"),
        ({"octet": 4.5}, "octet: expected an integer ≥ 1, received 4.5"),
        ({"seed": -1}, "seed: expected an integer ≥ 0, received -1"),
        ({"split_seed": "a"}, "split_seed: expected an integer ≥ 0, received 'a'"),
        ({"pixels": 16}, "pixels: expected an integer ≥ 32, received 16"),
        ({"pixels": 33}, "pixels: expected an even number, received 33.*use 34"),
        ({"test_share": 1.0}, "test_share: expected a number in 0 … 0.9, received 1.0; 0.2"),
        ({"validation_share": -0.5}, "validation_share: .*received -0.5; 0 leaves"),
        ({"test_share": 0.0}, "at least one lattice for the test.*so 0 and .* of 11"),
        ({"gyroid": 1, "octet": 1, "validation_share": 0.9}, "one for training.*1 and 0 of 2"),
    ],
)
def test_errors_name_argument_and_remedy(quick, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        lattice(**(SMALL | arguments), cache=tmp_path)
    assert quick == []


def test_no_warning_when_all_is_well(quick, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert lattice(**SMALL, spread=0.0, cache=tmp_path).info["spread"] == 0


def test_another_law_leaves_the_photographs(tmp_path):
    usual, other = (
        lattice(gyroid=2, octet=2, pixels=32, test_share=0.3, law=law, cache=tmp_path)
        for law in ("softplus", "menegotto")
    )
    assert np.array_equal(usual.train["image"], other.train["image"])
    assert usual.hashes["photographs"] == other.hashes["photographs"]
    assert usual.hashes["curves"] != other.hashes["curves"]
    assert len(list((tmp_path / "lattice").glob("*.npz"))) == 1  # rendered once
    with pytest.raises(ValueError, match="law: expected one of"):
        lattice(gyroid=2, octet=2, pixels=32, law="hooke", cache=tmp_path)
