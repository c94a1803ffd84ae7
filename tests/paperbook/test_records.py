"""Records: what is accepted, what is refused, how they are stored, and the tables made of them."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from paperbook import provenance as _environment
from paperbook import records
from paperbook import schema as _schema

DIGEST = hashlib.sha256(b"data").hexdigest()


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FPLIB_RECORDS", str(tmp_path / "records"))
    monkeypatch.delenv("FPLIB_ROOT", raising=False)


def make(seed=0, **changes):
    given = {
        "profile": "quick",
        "parameters": {
            "seed": seed,
            "noise_std": 0.01,
            "preset": "fast",
            "latent": [1, 2],
            "cap": None,
        },
        "metrics": {
            "accuracy.multimodal.mean_field": 1.0,
            "accuracy.image": 0.97 + seed / 1000,
            "nmi.multimodal": 1.0,
            "ari.multimodal": -0.1,
            "elbo.validation": -712.5,
            "occupancy.multimodal": [0.25, 0.75],
            "confusion.multimodal": [[5, 0], [1, 4]],
        },
        "seconds": {"stage_one": 12.5, "stage_two": 3.0},
        "data": {"mnist": DIGEST},
    } | changes
    return records.new("mnist_clean", **given)


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
    assert record["schema"] == 1
    assert record["environment"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert record["environment"]["numpy"] == np.__version__
    assert record["environment"]["cores"] >= 1
    assert record["environment"]["device"].startswith(("CPU: ", "GPU: "))
    assert 1 < record["peak_memory_mb"] < 1e6
    assert set(record["code"]) == {"revision", "dirty", "library"}


def test_writing_and_reading_gives_the_same_record(record, tmp_path):
    path = records.write(record, "seed_0")
    assert path == tmp_path / "records" / "mnist_clean" / "seed_0.json"
    assert records.read(path) == record
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


def test_a_record_keeps_one_line_an_entry(record):
    lines = records.write(record, "seed_0").read_text(encoding="utf-8").splitlines()
    assert '  "confusion.multimodal": [[5, 0], [1, 4]]' in lines
    assert len(lines) < 60


def test_a_failed_write_leaves_the_old_record_and_no_debris(record, monkeypatch):
    path = records.write(record, "seed_0")
    before = path.read_bytes()

    def full_disk(source, target):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        records.write(make(seed=9), "seed_0")
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["seed_0.json"]


def test_two_writers_at_once_leave_one_whole_record(record, tmp_path):
    program = (
        "import sys, json; from fplib import records\n"
        "record = json.load(open(sys.argv[1]))\n"
        "for _ in range(100): records.write(record, 'same')"
    )
    source = tmp_path / "source.json"
    source.write_text(json.dumps(record), encoding="utf-8")
    writers = [subprocess.Popen([sys.executable, "-c", program, str(source)]) for _ in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    folder = tmp_path / "records" / "mnist_clean"
    assert [p.name for p in folder.iterdir()] == ["same.json"]
    assert records.read(folder / "same.json") == record


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("schema", 2), "schema: expected 1, received 2"),
        (("page", "MNIST clean"), "page: expected lower-case"),
        (("profile", "../quick"), "profile: expected lower-case"),
        (("created", "yesterday"), "created: expected a time in UTC"),
        (("synthetic_data", 1), "synthetic_data: expected true or false"),
        (("surprise", 1), "unknown: surprise"),
        (("metrics", []), "metrics: expected an object"),
        (("metrics", "accuracy.image", 97.0), "expected 0 to 1.*fractions, not percent"),
        (("metrics", "accuracy.image", -0.1), "expected 0 to 1"),
        (("metrics", "accuracy.image", math.nan), "expected a finite number, received nan"),
        (("metrics", "elbo.validation", -math.inf), "expected a finite number"),
        (("metrics", "accuracy.image", None), "Leave out what was not measured"),
        (("metrics", "accuracy.image", True), "expected a finite number, received True"),
        (("metrics", "accuracy.image", "0.97"), "expected a finite number"),
        (("metrics", "accuracy", 0.5), "expected 'accuracy.<multimodal"),
        (("metrics", "nmi", 0.5), "expected 'nmi.<multimodal"),
        (("metrics", "Accuracy.image", 0.5), "dotted lower-case name"),
        (("metrics", "accuracy.multi modal", 0.5), "dotted lower-case name"),
        (("metrics", "accuracy..image", 0.5), "dotted lower-case name"),
        (
            ("metrics", "accuracy.multimodal.meanfield", 0.5),
            "expected 'mean_field' for 'meanfield'",
        ),
        (("metrics", "accuracy.multi_modal", 0.5), "expected 'multimodal' for 'multi_modal'"),
        (("metrics", "nmi.image", 1.2), "expected 0 to 1"),
        (("metrics", "ari.image", -0.9), "expected -0.5 to 1"),
        (("metrics", "occupancy.multimodal", [0.5, 1.5]), "expected 0 to 1"),
        (("metrics", "confusion.multimodal", [[1, 2], [3]]), "rows of one length"),
        (("metrics", "confusion.multimodal", [[1, math.nan]]), "finite"),
        (("metrics", "confusion.multimodal", []), "non-empty list"),
        (("seconds", "stage_one", -1), "expected 0 to inf"),
        (("seconds", "stage_one", "12"), "finite number"),
        (("parameters", "rate", math.inf), "parameters.rate: expected a finite number"),
        (("parameters", "odd", {1: 2}), "expected names as keys"),
        (("parameters", "folder", "/home/somebody/mnist"), "expected no absolute path"),
        (("parameters", "nested", [{"a": "~/data"}]), "expected no absolute path"),
        (("notes", "see C:\\Users\\me\\log.txt"), "expected no absolute path"),
        (("notes", "written to /var/log/run.txt at noon"), "expected no absolute path"),
        (("notes", ""), "notes: expected a non-empty string"),
        (("data", "mnist", "abc"), "expected a sha256 sum"),
        (("code", "revision", "main"), "code.revision: expected a git revision or null"),
        (
            ("code", {"revision": "a" * 40, "dirty": None, "library": DIGEST}),
            "code.dirty: expected true",
        ),
        (("code", "library", None), "expected a sha256 sum"),
        (("code", "branch", "main"), "code: expected the keys.*unknown: branch"),
        (("environment", "cores", 0), "environment.cores: expected 1"),
        (("environment", "device", ""), "environment.device: expected a non-empty string"),
        (
            ("environment", "hostname", "node17"),
            "environment: expected the keys.*unknown: hostname",
        ),
        (("peak_memory_mb", -1), "peak_memory_mb: expected 0"),
    ],
)
def test_a_record_that_breaks_the_schema_is_refused_on_write_and_on_read(
    record, change, message, tmp_path
):
    broken = changed(record, *change)
    with pytest.raises(ValueError, match=message):
        records.write(broken, "seed_0")
    assert not list(tmp_path.rglob("*.json"))
    if change[-2:] != ("odd", {1: 2}):  # JSON has no such key
        path = tmp_path / "stored.json"
        path.write_text(json.dumps(broken), encoding="utf-8")
        with pytest.raises(ValueError, match=r"stored\.json: "):
            records.read(path)


@pytest.mark.parametrize("key", ["schema", "page", "metrics", "code", "environment", "created"])
def test_a_missing_key_is_named(record, key):
    with pytest.raises(ValueError, match=f"missing: {key}|schema: expected 1, received None"):
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
    assert str(_environment.PACKAGE.parent) not in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"bad\.json: "),
        ("[]", "record: expected a JSON object, received list"),
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
def test_a_record_needs_a_plain_file_name(record, name):
    with pytest.raises(ValueError, match="name: expected a file name"):
        records.write(record, name)


def test_load_sorts_by_number_and_knows_its_page(record):
    for seed in (10, 2, 1):
        records.write(make(seed=seed), f"seed_{seed}")
    loaded = records.load("mnist_clean", folder=records.run_folder("quick"))
    assert [r["parameters"]["seed"] for r in loaded] == [1, 2, 10]
    assert records.load("lattice", folder=records.run_folder("quick")) == []
    stray = records.run_folder("quick") / "lattice" / "seed_0.json"
    stray.parent.mkdir()
    stray.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(
        ValueError, match="expected a record of page 'lattice', received 'mnist_clean'"
    ):
        records.load("lattice", folder=records.run_folder("quick"))


def test_folders_are_found_from_the_environment_or_by_walking_up(tmp_path, monkeypatch):
    root = tmp_path / "project"
    (root / "book").mkdir(parents=True)
    (root / "_config.yml").touch()
    monkeypatch.chdir(root / "book")
    assert records.published_folder() == root / "results"
    assert records.run_folder("quick") == tmp_path / "records"  # FPLIB_RECORDS
    monkeypatch.delenv("FPLIB_RECORDS")
    assert records.run_folder("quick") == root / "runs" / "quick" / "records"
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"_config\.yml.*FPLIB_ROOT"):
        records.run_folder("quick")
    monkeypatch.setenv("FPLIB_ROOT", str(root))
    assert records.root() == root
    monkeypatch.setenv("FPLIB_ROOT", str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError, match="FPLIB_ROOT: expected a folder"):
        records.root()


def test_table_summarises_over_records():
    runs = [make(seed=seed) for seed in (0, 1, 2, 7)]
    del runs[3]["metrics"]["nmi.multimodal"]
    image, nmi, lost = records.table(runs, ["accuracy.image", "nmi.multimodal", "accuracy.curve"])
    values = np.array([0.97, 0.971, 0.972, 0.977])
    assert image["metric"] == "accuracy.image"
    assert (image["n"], image["min"], image["max"]) == (4, 0.97, 0.977)
    assert image["median"] == pytest.approx(0.9715)
    assert image["mean"] == pytest.approx(values.mean())
    assert image["std"] == pytest.approx(np.sqrt(((values - values.mean()) ** 2).sum() / 3))
    assert image["values"] == pytest.approx(values)
    assert (nmi["n"], nmi["std"]) == (3, 0.0)
    assert lost == dict.fromkeys(("median", "mean", "std", "min", "max")) | {
        "metric": "accuracy.curve",
        "n": 0,
        "values": [],
    }
    assert records.table(runs[:1], ["accuracy.image"])[0]["std"] is None


def test_table_refuses_lists_and_misspelt_names(record):
    with pytest.raises(ValueError, match=r"'occupancy\.multimodal' is a list"):
        records.table([record], ["occupancy.multimodal"])
    with pytest.raises(ValueError, match="expected 'mean_field'"):
        records.table([record], ["accuracy.multimodal.meanfield"])


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (1.0, "100.00 %"),
        (0.99999, "99.99 %"),
        (0.999949, "99.99 %"),
        (0.99985, "99.98 %"),
        (0.9712, "97.12 %"),
        (0.0, "0.00 %"),
        (1e-7, "0.01 %"),
        (-0.05, "-5.00 %"),
        (None, "–"),
    ],
)
def test_percent_never_rounds_up_to_perfect(fraction, text):
    assert records.percent(fraction) == text


def test_percent_with_other_digits():
    assert records.percent(0.99999, digits=0) == "99 %"
    assert records.percent(0.5, digits=1) == "50.0 %"


def test_markdown_prints_the_paper_and_says_what_is_lost():
    rows = records.table(
        [make(seed=0), make(seed=4)], ["accuracy.multimodal.mean_field", "accuracy.image"]
    )
    paper = {"accuracy.multimodal.mean_field": 1.0, "accuracy.image": None}
    names = {"accuracy.multimodal.mean_field": "both", "accuracy.image": "image alone"}
    lines = records.markdown(rows, names=names, paper=paper).splitlines()
    assert lines == [
        "|  | median | mean ± std | min | max | runs | paper |",
        "| :-- | --: | --: | --: | --: | --: | --: |",
        "| both | 100.00 % | 100.00 ± 0.00 % | 100.00 % | 100.00 % | 2 | 100.00 % |",
        "| image alone | 97.20 % | 97.20 ± 0.28 % | 97.00 % | 97.40 % | 2 | not recovered |",
    ]
    assert "paper" not in records.markdown(rows)


def test_markdown_of_one_run_and_of_none():
    rows = records.table([make()], ["accuracy.image", "accuracy.curve"])
    one, none = records.markdown(rows).splitlines()[2:]
    assert one == "| `accuracy.image` | 97.00 % | 97.00 % | 97.00 % | 97.00 % | 1 |"
    assert none == "| `accuracy.curve` | – | – | – | – | 0 |"


def test_library_hash_follows_names_and_contents_only(tmp_path):
    def library(**files):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        for name, text in files.items():
            path = folder / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        return folder

    base = _environment.library_hash(library(a=b"x\n", b__c=b"y\n"))
    assert len(base) == 64
    assert _environment.library_hash(library(b__c=b"y\n", a=b"x\r\n")) == base
    assert _environment.library_hash(library(a=b"x\n", b__c=b"z\n")) != base
    assert _environment.library_hash(library(a=b"x\n", b__d=b"y\n")) != base
    assert _environment.library_hash(library(a=b"x\ny\n", b__c=b"")) != base
    folder = library(a=b"x\n", b__c=b"y\n")
    (folder / "notes.txt").write_text("not code")
    assert _environment.library_hash(folder) == base


def git(folder, *arguments):
    names = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True)


def test_code_knows_the_revision_and_whether_the_sources_differ(tmp_path, monkeypatch):
    package = tmp_path / "checkout" / "fplib"
    package.mkdir(parents=True)
    (package / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(_environment, "PACKAGE", package)
    assert _environment.code()["revision"] is None
    root = package.parent
    git(root, "init", "-q")
    assert _environment.code()["revision"] is None  # no commit yet
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    clean = _environment.code()
    assert len(clean["revision"]) == 40
    assert clean["dirty"] is False
    (root / "results").mkdir()
    (root / "results" / "new.json").write_text("{}")
    assert _environment.code()["dirty"] is False  # a result does not change the code
    (package / "b.py").write_text("y = 1\n")
    assert _environment.code()["dirty"] is True


def test_a_package_inside_somebody_elses_repository_has_no_revision(tmp_path, monkeypatch):
    package = tmp_path / "repository" / "site" / "fplib"
    package.mkdir(parents=True)
    (package / "a.py").write_text("x = 1\n")
    git(tmp_path / "repository", "init", "-q")
    git(tmp_path / "repository", "add", ".")
    git(tmp_path / "repository", "commit", "-q", "-m", "first")
    monkeypatch.setattr(_environment, "PACKAGE", package)
    assert _environment.code()["revision"] is None
    assert _environment.code()["dirty"] is None


def test_a_machine_without_git_still_records(monkeypatch):
    monkeypatch.setenv("PATH", "")
    record = make()
    assert record["code"]["revision"] is None
    assert record["code"]["dirty"] is None


def test_device_names_the_gpu_that_tensorflow_sees(monkeypatch):
    class Experimental:
        @staticmethod
        def get_device_details(device):
            return {"device_name": f"NVIDIA {device}"}

    class Config:
        experimental = Experimental
        gpus: tuple[str, ...] = ("H100",)

        @classmethod
        def list_physical_devices(cls, kind):
            return list(cls.gpus) if kind == "GPU" else []

    class TensorFlow:
        config = Config

    monkeypatch.setitem(sys.modules, "tensorflow", TensorFlow)
    assert _environment.device() == "GPU: NVIDIA H100"
    Config.gpus = ()
    assert _environment.device().startswith("CPU: ")


def test_versions_of_absent_packages_are_said_to_be_absent():
    assert _environment.version("surely-not-a-package") == "not installed"
    assert _environment.version("surely-not-a-package", "numpy") == np.__version__


def test_scratch_folders_belong_to_one_version_of_the_library(tmp_path, monkeypatch):
    monkeypatch.setenv("FPLIB_ROOT", str(tmp_path))
    first = records.scratch_folder("quick", "mnist_clean-seed_0")
    assert first.parent == tmp_path / "runs" / "quick" / "checkpoints"
    assert first.name == f"mnist_clean-seed_0-{_environment.library_hash()[:8]}"
    monkeypatch.setattr(_environment, "library_hash", lambda: "f" * 64)
    assert records.scratch_folder("quick", "mnist_clean-seed_0") != first
    with pytest.raises(ValueError, match="name: expected a file name"):
        records.scratch_folder("quick", "../elsewhere")
