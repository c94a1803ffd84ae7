"""Settings of the user's process: the library works under all of them, computes the same, and leaves them alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

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
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(SCRIPT), str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MATPLOTLIBRC": str(style)}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("setting", ["mixed_float16", "mixed_bfloat16", "float64", "seterr"])
def test_same_bits_under_other_global_settings(setting: str, found: dict) -> None:
    assert found["plain"]["types"] == ["float32", "int64"]
    assert found[setting] == found["plain"]


def test_functions_that_run_eagerly(found: dict) -> None:
    """Plain operations round elsewhere than compiled ones do."""
    assert found["eager"]["types"] == found["plain"]["types"]
    assert found["eager"]["score"] == pytest.approx(found["plain"]["score"], rel=1e-3)
