"""Settings of the user's process: the library works under all of them, computes the same, and leaves them alone."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import tensorflow as tf

from fplib import runtime
from tests.support.processes import run

# All in one process, since starting TensorFlow takes longer than a fit.
SCRIPT = """
import hashlib, json, sys
from contextlib import contextmanager
import keras
import numpy as np
import tensorflow as tf
import fplib as fp
from tests.support.models import BOTH, PRESET, specimens, tiny

DATA, FOLDER = specimens(60), sys.argv[1]

def run():
    model = tiny(BOTH)
    model.fit(DATA, DATA, epochs=2, batch_size=30, progress=False)
    model.fit_crossmodal(DATA, epochs=1, batch_size=30, progress=False)
    loaded = fp.load(model.save(f"{FOLDER}/model.fpmodel.npz"))
    answers = [loaded.predict(DATA), loaded.responsibilities({"image": DATA["image"]}, "from_z")]
    answers += [*loaded.infer({"curve": DATA["curve"]}, "image", samples=2)]
    answers += loaded.generate(1).values()
    everything = [*loaded.state().values(), *answers]
    return {
        "types": sorted({str(a.dtype) for a in everything}),
        "score": loaded.score(DATA),
        "bits": hashlib.sha256(b"".join(np.ascontiguousarray(a) for a in everything)).hexdigest(),
    }

@contextmanager
def policy(name):
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(name)
    yield
    assert keras.mixed_precision.global_policy().name == name
    keras.mixed_precision.set_global_policy(before)

@contextmanager
def double():
    keras.config.set_floatx("float64")
    yield
    assert keras.config.floatx() == "float64"
    keras.config.set_floatx("float32")

@contextmanager
def eagerly():
    tf.config.run_functions_eagerly(True)
    yield
    assert tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(False)

@contextmanager
def strictly():
    before = np.seterr(all="raise")
    yield
    assert set(np.geterr().values()) == {"raise"}
    np.seterr(**before)

found = {"plain": run()}
for name, setting in {
    "mixed_float16": policy("mixed_float16"),
    "mixed_bfloat16": policy("mixed_bfloat16"),
    "float64": double(),
    "eager": eagerly(),
    "seterr": strictly(),
}.items():
    with setting:
        found[name] = run()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """Types, score and a hash of everything after both trainings, by setting; any warning is an error."""
    folder = tmp_path_factory.mktemp("settings")
    style = folder / "matplotlibrc"
    style.write_text("text.usetex: True\naxes.facecolor: black\nfont.family: no such font\n")
    return json.loads(run(SCRIPT, str(folder), MATPLOTLIBRC=str(style)).splitlines()[-1])


@pytest.mark.parametrize("setting", ["mixed_float16", "mixed_bfloat16", "float64", "seterr"])
def test_same_bits_under_other_global_settings(setting: str, found: dict) -> None:
    assert found["plain"]["types"] == ["float32", "int64"]
    assert found[setting] == found["plain"]


def test_functions_that_run_eagerly(found: dict) -> None:
    """Plain operations round elsewhere than compiled ones do."""
    assert found["eager"]["types"] == found["plain"]["types"]
    assert found["eager"]["score"] == pytest.approx(found["plain"]["score"], rel=1e-3)


# -- threads and memory ---------------------------------------------------------------------------

ONE_CORE = """
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import fplib as fp
import tensorflow as tf
fp.FingerprintModel([fp.Image("image", (8, 8))], clusters=2)
threads = tf.config.threading
print(threads.get_intra_op_parallelism_threads(), threads.get_inter_op_parallelism_threads())
"""
VARIABLES = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def test_a_process_confined_to_one_core_takes_no_more() -> None:
    assert run(ONE_CORE, without=VARIABLES).strip() == "1 1"


class Threads:
    """TensorFlow's settings before it has started."""

    def __init__(self, within: int, across: int) -> None:
        self.found = [within, across]
        self.get_intra_op_parallelism_threads = lambda: self.found[0]
        self.get_inter_op_parallelism_threads = lambda: self.found[1]
        self.set_intra_op_parallelism_threads = lambda n: self.found.__setitem__(0, n)
        self.set_inter_op_parallelism_threads = lambda n: self.found.__setitem__(1, n)


@pytest.mark.parametrize(
    ("chosen", "variable", "expected"),
    [
        ((0, 0), None, [3, 2]),
        ((0, 5), None, [0, 5]),
        ((1, 0), None, [1, 0]),
        ((0, 0), "TF_NUM_INTEROP_THREADS", [0, 0]),
    ],
)
def test_a_model_settles_the_threads_that_nobody_has_chosen(
    chosen: tuple[int, int],
    variable: str | None,
    expected: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    if variable is not None:
        monkeypatch.setenv(variable, "3")
    threads = Threads(*chosen)
    monkeypatch.setattr(runtime.tf.config, "threading", threads)
    monkeypatch.setattr(runtime.os, "sched_getaffinity", lambda process: range(6))
    runtime.start.__wrapped__()
    assert threads.found == expected
    runtime.configure(threads=8)
    assert threads.found == [4, 2]
    runtime.start.__wrapped__()  # what was asked for stays
    assert threads.found == [4, 2]


def test_configure_says_when_it_is_too_late_and_what_is_wrong() -> None:
    tf.zeros(1)
    with pytest.raises(RuntimeError, match="cannot be modified after initialization"):
        runtime.configure(threads=61)
    with pytest.raises(
        ValueError, match="threads must be a whole number of at least 1; received 0"
    ):
        runtime.configure(threads=0)


@pytest.mark.parametrize(
    ("growth", "limit", "variable", "expected"),
    [
        (None, None, None, {"a": True, "b": True}),
        (False, None, None, {}),  # the user wants all of it at once
        (None, ["half of it"], None, {}),  # or has cut it up
        (None, None, "false", {}),
    ],
)
def test_memory_of_a_gpu_grows_unless_the_user_has_decided(
    growth: bool | None,
    limit: list | None,
    variable: str | None,
    expected: dict,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By a machine that does not exist: two GPUs, the second of which may have been set up."""
    found: dict[str, bool] = {}
    memory = SimpleNamespace(
        get_memory_growth=lambda gpu: growth if gpu == "b" else None,
        set_memory_growth=found.__setitem__,
    )
    config = SimpleNamespace(
        list_physical_devices=lambda kind: ["a", "b"],
        get_logical_device_configuration=lambda gpu: limit if gpu == "b" else None,
        experimental=memory,
        threading=tf.config.threading,
    )
    monkeypatch.setattr(runtime.tf, "config", config)
    monkeypatch.setattr(runtime, "_threads_chosen", lambda: True)
    if variable is not None:
        monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", variable)
    runtime.start.__wrapped__()
    assert found == expected


# -- memory of the process ------------------------------------------------------------------------

FITS = """
import ctypes, gc, warnings
import fplib as fp
from tests.support.models import specimens, tiny
from tensorflow.python.framework import ops

def kept():
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * 4096 / 2**20, len(ops.gradient_registry._registry)

def fit():
    model = tiny()
    model.fit(specimens(60), epochs=1, batch_size=30, progress=False)
    model.fit_crossmodal(specimens(60), epochs=1, batch_size=30, progress=False)
    model.infer({"curve": specimens(60)["curve"]}, "image", samples=1)

fit()
fit()
before = kept()
for _ in range(5):
    fit()
print(*(b - a for a, b in zip(before, kept())))
"""


@pytest.mark.slow
def test_models_that_are_gone_leave_nothing_behind() -> None:
    """Five fits; TensorFlow kept 27 MB of each and entries in its registry of gradients."""
    mebibytes, gradients = map(float, run(FITS).split())
    assert gradients == 0
    assert mebibytes < 20  # of 135
