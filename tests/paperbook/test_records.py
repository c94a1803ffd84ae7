"""Records: what is accepted, what is refused, how they are stored."""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from paperbook import records, workspace
from paperbook import schema as _schema
from tests.support.records import DIGEST, make


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the records of a test go."""
    monkeypatch.delenv("PAPERBOOK_ROOT", raising=False)
    return tmp_path / "records"


@pytest.fixture(scope="module")
def record():
    return make()


def changed(record, *path_and_value):
    *path, last, value = path_and_value
    record = copy.deepcopy(record)
    place = record
    for key in path:
        place = place[key]
    place[last] = value
    return record


def test_a_new_record_has_the_schema_of_the_design(record):
    assert list(record) == [
        "schema",
        "page",
        "profile",
        "created",
        "synthetic_data",
        "parameters",
        "metrics",
        "seconds",
        "peak_memory_mb",
        "data",
        "code",
        "environment",
    ]
    assert record["schema"] == 2
    assert record["environment"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert record["environment"]["numpy"] == "2.0"
    assert record["environment"]["cores"] >= 1
    assert record["environment"]["device"].startswith(("CPU: ", "GPU: "))
    assert 1 < record["peak_memory_mb"] < 1e6
    assert set(record["code"]) == {"revision", "dirty", "key"}


def test_writing_and_reading_gives_the_same_record(record, folder):
    path = records.write(record, "seed_0", folder)
    assert path == folder / "mnist_clean" / "seed_0.json"
    assert records.read(path) == record | {"digest": records.digest(record)}
    assert [p.name for p in path.parent.iterdir()] == ["seed_0.json"]
    assert path.stat().st_mode & 0o044  # readable by others, as a published file must be


def test_numpy_values_become_plain_json():
    record = make(
        metrics={"accuracy.image": np.float32(0.5), "occupancy.image": np.array([0.5, 0.5])},
        parameters={"seed": np.int64(3), "dims": (1, 2), "flag": np.bool_(True)},
        seconds={"stage_one": np.float64(1.5)},
    )
    assert json.loads(json.dumps(record)) == record
    assert record["parameters"] == {"seed": 3, "dims": [1, 2], "flag": True}


def test_a_record_keeps_one_line_an_entry(record, folder):
    lines = records.write(record, "seed_0", folder).read_text(encoding="utf-8").splitlines()
    assert '  "confusion.multimodal": [[5, 0], [1, 4]]' in lines
    assert len(lines) < 60


def test_a_failed_write_leaves_the_old_record_and_no_debris(record, folder, monkeypatch):
    path = records.write(record, "seed_0", folder)
    before = path.read_bytes()

    def full_disk(source, target):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        records.write(make(seed=9), "seed_0", folder)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["seed_0.json"]


def test_two_writers_at_once_leave_one_whole_record(record, folder, tmp_path):
    program = (
        "import sys, json; from paperbook import records\n"
        "record = json.load(open(sys.argv[1]))\n"
        "for _ in range(100): records.write(record, 'same', sys.argv[2])"
    )
    source = tmp_path / "source.json"
    source.write_text(json.dumps(record), encoding="utf-8")
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(source), str(folder)])
        for _ in range(2)
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    written = folder / "mnist_clean"
    assert [p.name for p in written.iterdir()] == ["same.json"]
    assert records.read(written / "same.json") == record | {"digest": records.digest(record)}


def test_a_record_that_was_changed_by_hand_is_refused(record, folder):
    path = records.write(record, "seed_0", folder)
    text = path.read_text()
    assert '"digest"' in text
    forged = json.loads(text)
    forged["metrics"]["accuracy.image"] = 0.5
    path.write_text(json.dumps(forged))
    with pytest.raises(ValueError, match="digest: the record was changed after it was written"):
        records.read(path)
    del forged["digest"]
    path.write_text(json.dumps(forged))  # as older records are
    assert records.read(path) == forged
    assert records.digest(forged) != records.digest(record)


def test_a_record_that_is_written_again_is_signed_again(record, folder):
    read = records.read(records.write(record, "seed_0", folder))
    again = records.read(records.write(read | {"notes": "another"}, "seed_0", folder))
    assert again["digest"] != read["digest"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("schema", 3), "schema: expected 1 or 2, received 3"),
        (("page", "MNIST clean"), "page: 'MNIST clean' does not match"),
        (("profile", "../quick"), "profile: '../quick' does not match"),
        (("created", "yesterday"), "created: 'yesterday' does not match"),
        (("synthetic_data", 1), "synthetic_data: 1 is not of type 'boolean'"),
        (("surprise", 1), "'surprise' was unexpected"),
        (("metrics", []), "metrics: .* is not of type 'object'"),
        (("metrics", "accuracy.image", 97.0), "expected 0 to 1.*fractions, not percent"),
        (("metrics", "accuracy.image", -0.1), "expected 0 to 1"),
        (("metrics", "accuracy.image", math.nan), "expected a finite number, received nan"),
        (("metrics", "elbo.validation", -math.inf), "expected a finite number"),
        (("metrics", "accuracy.image", None), "metrics.accuracy.image: None is not"),
        (("metrics", "accuracy.image", True), "metrics.accuracy.image: True is not"),
        (("metrics", "accuracy.image", "0.97"), "metrics.accuracy.image: '0.97' is not"),
        (("metrics", "Accuracy.image", 0.5), "does not match"),
        (("metrics", "accuracy.multi modal", 0.5), "does not match"),
        (("metrics", "accuracy..image", 0.5), "does not match"),
        (("metrics", "nmi.image", 1.2), "expected 0 to 1"),
        (("metrics", "ari.image", -0.9), "expected -0.5 to 1"),
        (("metrics", "occupancy.multimodal", [0.5, 1.5]), "expected 0 to 1"),
        (("metrics", "confusion.multimodal", [[1, 2], [3]]), "rows of one length"),
        (("metrics", "confusion.multimodal", [[1, math.nan]]), "finite"),
        (("metrics", "confusion.multimodal", []), "metrics.confusion.multimodal: \\[\\] "),
        (("seconds", "stage_one", -1), "-1 is less than the minimum"),
        (("seconds", "stage_one", "12"), "'12' is not of type 'number'"),
        (("parameters", "rate", math.inf), "parameters.rate: expected a finite number"),
        (("parameters", "odd", {1: 2}), "expected names as keys"),
        (("parameters", "folder", "/home/somebody/mnist"), "expected no absolute path"),
        (("parameters", "nested", [{"a": "~/data"}]), "expected no absolute path"),
        (("notes", "see C:\\Users\\me\\log.txt"), "expected no absolute path"),
        (("notes", "written to /var/log/run.txt at noon"), "expected no absolute path"),
        (("notes", ""), "notes: '' should be non-empty"),
        (("data", "mnist", "abc"), "data.mnist: 'abc' does not match"),
        (("code", "revision", "main"), "code.revision: 'main' does not match"),
        (
            ("code", {"revision": "a" * 40, "dirty": None, "key": DIGEST}),
            "code.dirty: expected true",
        ),
        (("code", "key", None), "code.key: None is not of type"),
        (("code", "branch", "main"), "code: .*'branch' was unexpected"),
        (("environment", "cores", 0), "environment.cores: 0 is less than the minimum of 1"),
        (("environment", "device", ""), "environment.device: '' should be non-empty"),
        (
            ("environment", "hostname", "node17"),
            "environment.hostname: 'node17' does not match",
        ),
        (("peak_memory_mb", -1), "peak_memory_mb: -1 is less than the minimum of 0"),
    ],
)
def test_a_record_that_breaks_the_schema_is_refused_on_write_and_on_read(
    record, change, message, folder, tmp_path
):
    broken = changed(record, *change)
    with pytest.raises(ValueError, match=message):
        records.write(broken, "seed_0", folder)
    assert not list(tmp_path.rglob("*.json"))
    if change[-2:] != ("odd", {1: 2}):  # JSON has no such key
        path = tmp_path / "stored.json"
        path.write_text(json.dumps(broken), encoding="utf-8")
        with pytest.raises(ValueError, match=r"stored\.json: "):
            records.read(path)


@pytest.mark.parametrize("key", ["schema", "page", "metrics", "code", "environment", "created"])
def test_a_missing_key_is_named(record, key):
    with pytest.raises(
        ValueError, match=f"'{key}' is a required|schema: expected 1 or 2, received None"
    ):
        _schema.validate({k: v for k, v in record.items() if k != key})


@pytest.mark.parametrize(
    "text",
    [
        "GPU: NVIDIA H100",
        "images/second",
        "a/b/c",
        "https://example.org/a/b",
        "either/or",
        "1/256",
        "x = y / z",
    ],
)
def test_words_with_slashes_are_not_paths(record, text):
    assert not _schema.looks_like_path(text)
    _schema.validate(changed(record, "notes", text))


def test_absolute_paths_in_parameters_are_cut_to_their_last_part():
    record = make(
        parameters={"a": "/data/mnist", "b": Path("/x/y/z.h5"), "c": "C:\\d\\e", "d": ["~/f"]}
    )
    assert record["parameters"] == {"a": "mnist", "b": "z.h5", "c": "e", "d": ["f"]}


def test_no_record_tells_where_it_was_made(record):
    text = json.dumps(record)
    assert str(Path.home()) not in text
    assert str(Path.cwd()) not in text
    assert str(Path(records.__file__).parent) not in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"bad\.json: "),
        ("[]", "record: .* is not of type 'object'"),
        ('{"schema": 1, "schema": 1}', "repeated key 'schema'"),
        ('{"schema": NaN}', "expected finite numbers, received NaN"),
    ],
)
def test_files_that_are_no_records_are_refused(text, message, tmp_path):
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        records.read(path)


@pytest.mark.parametrize("name", ["", "a/b", "../x", ".hidden", "seed 0", None])
def test_a_record_needs_a_plain_file_name(record, name, folder):
    with pytest.raises(ValueError, match="name: expected a file name"):
        records.write(record, name, folder)


def test_load_sorts_by_number_and_knows_its_page(record, folder):
    for seed in (10, 2, 1):
        records.write(make(seed=seed), f"seed_{seed}", folder)
    loaded = records.load("mnist_clean", folder)
    assert [r["parameters"]["seed"] for r in loaded] == [1, 2, 10]
    assert records.load("lattice", folder) == []
    stray = folder / "lattice" / "seed_0.json"
    stray.parent.mkdir()
    stray.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(
        ValueError, match="expected a record of page 'lattice', received 'mnist_clean'"
    ):
        records.load("lattice", folder)


def test_folders_are_found_from_the_environment_or_by_walking_up(tmp_path, monkeypatch):
    monkeypatch.delenv("PAPERBOOK_ROOT", raising=False)
    root = tmp_path / "project"
    (root / "book").mkdir(parents=True)
    (root / "_config.yml").touch()
    monkeypatch.chdir(root / "book")
    assert workspace.published() == root / "results"
    monkeypatch.chdir(tmp_path)
    assert workspace.root_or_none() is None
    with pytest.raises(FileNotFoundError, match=r"_config\.yml.*PAPERBOOK_ROOT"):
        workspace.root()
    monkeypatch.setenv("PAPERBOOK_ROOT", str(root))
    assert workspace.root() == root
    monkeypatch.setenv("PAPERBOOK_ROOT", str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError, match="PAPERBOOK_ROOT: expected a folder"):
        workspace.root()


def test_records_of_the_first_schema_are_still_read(tmp_path, record):
    old = {k: v for k, v in record.items() if k not in ("experiment", "key")}
    old |= {"schema": 1, "code": {"revision": None, "dirty": None, "library": DIGEST}}
    path = tmp_path / "old.json"
    path.write_text(json.dumps(old), encoding="utf-8")
    assert records.read(path) == old
