"""The package itself: what importing it costs, and what it offers."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import fplib

ROOT = Path(__file__).parents[1]


def run(code: str, **environment: str) -> str:
    """Standard output of a fresh interpreter."""
    inherited = {k: v for k, v in os.environ.items() if k not in ("TF_CPP_MIN_LOG_LEVEL",)}
    found = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def test_import_and_the_light_names_load_no_tensorflow() -> None:
    code = (
        "import sys, fplib\n"
        "first = sorted({'tensorflow', 'keras', 'matplotlib', 'sklearn'} & set(sys.modules))\n"
        "fplib.Image('image'), fplib.Curve('curve', range(20)), fplib.config.PRESETS\n"
        "fplib.data.Split, fplib.metrics.nmi, fplib.records\n"
        "print(first, sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    assert run(code).strip() == "[] []"


def test_a_heavy_name_loads_tensorflow_quietly() -> None:
    """The counterpart: the test above would notice, and nothing is printed on the way."""
    code = "import sys, fplib\nfplib.gaussians\nprint('tensorflow' in sys.modules)"
    assert run(code).strip() == "True"


def test_start_up_settings_of_the_user_are_kept() -> None:
    code = "import os, fplib\nprint(os.environ['TF_CPP_MIN_LOG_LEVEL'])"
    assert run(code).strip() == "2"
    assert run(code, TF_CPP_MIN_LOG_LEVEL="0").strip() == "0"


def test_every_public_name_resolves() -> None:
    for name in fplib.__all__:
        assert getattr(fplib, name) is not None
        assert name in dir(fplib)


def test_unknown_name_is_named() -> None:
    with pytest.raises(AttributeError, match=r"'fplib' has no attribute 'FingerPrintModel'"):
        fplib.FingerPrintModel  # noqa: B018


def test_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert fplib.__version__ == project["version"]
