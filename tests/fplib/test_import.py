"""The package itself: what importing it costs, and what it offers."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

import fplib
from tests.support.processes import run

ROOT = Path(__file__).parents[2]


def test_import_and_the_light_names_load_no_tensorflow() -> None:
    code = (
        "import sys, fplib\n"
        "first = sorted({'tensorflow', 'keras', 'matplotlib', 'sklearn'} & set(sys.modules))\n"
        "fplib.Image('image'), fplib.Curve('curve', range(20)), fplib.config.PRESETS\n"
        "fplib.data.Split, fplib.metrics.nmi\n"
        "print(first, sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    assert run(code).strip() == "[] []"


def test_a_heavy_name_loads_tensorflow_quietly() -> None:
    """The counterpart: the test above would notice, and nothing is printed on the way."""
    code = "import sys, fplib\nfplib.gaussians\nprint('tensorflow' in sys.modules)"
    assert run(code).strip() == "True"


def test_importing_changes_nothing_in_the_process() -> None:
    """Environment, threads and logging are as before, with the heavy modules too; only Keras's backend is named."""
    code = (
        "import logging, os\n"
        "before = dict(os.environ)\n"
        "import fplib, fplib.model, fplib.runtime\n"
        "import tensorflow as tf\n"
        "new = {k: v for k, v in os.environ.items() if before.get(k) != v}\n"
        "new.pop('TF2_BEHAVIOR', None)  # TensorFlow's own\n"
        "threads = tf.config.threading\n"
        "print(new, threads.get_intra_op_parallelism_threads(), "
        "threads.get_inter_op_parallelism_threads(), tf.get_logger().filters)"
    )
    assert run(code, without=("KERAS_BACKEND",)).strip() == "{'KERAS_BACKEND': 'tensorflow'} 0 0 []"
    assert run(code).strip() == "{} 0 0 []"


@pytest.mark.parametrize("keras_first", ["", "import types; sys.modules['keras'] = fake; "])
def test_another_backend_of_keras_is_refused_in_one_sentence(keras_first: str) -> None:
    code = (
        "import sys, types\n"
        "config = types.SimpleNamespace(backend=lambda: 'jax')\n"
        "fake = types.SimpleNamespace(config=config)\n"
        f"{keras_first}\n"
        "try:\n    import fplib\nexcept ImportError as error:\n    print(error)"
    )
    message = run(code, KERAS_BACKEND="tensorflow" if keras_first else "jax")
    assert message.startswith("fplib runs Keras on TensorFlow, and Keras is set to 'jax' here. Set")


def test_every_public_name_resolves() -> None:
    assert len(fplib.__all__) <= 20
    for name in fplib.__all__:
        assert getattr(fplib, name) is not None
        assert name in dir(fplib)


def test_type_checkers_see_every_lazy_name() -> None:
    """What `__getattr__` finds at run time stands in the block that is read without running anything."""
    tree = ast.parse(Path(fplib.__file__).read_text())
    (block,) = (
        node for node in tree.body if isinstance(node, ast.If) and "TYPE" in ast.dump(node.test)
    )
    declared = {a.name: node.module for node in block.body for a in node.names}
    assert sorted(declared) == sorted(fplib.__all__)
    homes = {name: fplib._HOMES.get(name, "fplib") for name in fplib.__all__}
    assert declared == homes


def test_unknown_name_is_named() -> None:
    with pytest.raises(AttributeError, match=r"'fplib' has no attribute 'FingerPrintModel'"):
        fplib.FingerPrintModel  # noqa: B018


def test_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert fplib.__version__ == project["version"]
