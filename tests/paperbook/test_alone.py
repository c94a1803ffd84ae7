"""The press stands alone: no TensorFlow, no library of the book, no kernel or settings of the user's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tinybook import ROOT, TinyBook

ALONE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("fplib", "book", "tensorflow", "keras"):
            raise ImportError("the press asked for " + name)

sys.meta_path.insert(0, Refuse())
import importlib, pkgutil, paperbook
for module in pkgutil.walk_packages(paperbook.__path__, "paperbook."):
    importlib.import_module(module.name)
from paperbook import *
print("all of it")
"""


def test_every_module_imports_without_the_library_and_tensorflow() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "all of it", done.stderr


@pytest.mark.slow
def test_a_book_of_another_subject_is_made_without_them(tiny: TinyBook) -> None:
    (tiny.root / "tiny/strict.py").write_text(ALONE.split("import importlib")[0])
    tiny.edit("book/measure.py", "import numpy as np", "import tiny.strict\nimport numpy as np")
    done = tiny.run("run", "measure")
    assert done.returncode == 0, done.stderr
    assert tiny.executed("measure") == ["measure 0 3.0"]


@pytest.mark.slow
def test_nothing_of_the_users_enters_a_page(tiny: TinyBook, tmp_path: Path) -> None:
    startup = tmp_path / "ipython/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("raise SystemExit('start-up file')\nfactor = 99")
    kernel = tmp_path / "jupyter/kernels/python3"
    kernel.mkdir(parents=True)
    about = {"argv": ["/nonexistent/python"], "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(about))
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\n")
    done = tiny.run(
        "run",
        "measure",
        "-p",
        "factor",
        "5",
        IPYTHONDIR=str(tmp_path / "ipython"),
        JUPYTER_PATH=str(tmp_path / "jupyter"),
        MATPLOTLIBRC=str(tmp_path / "matplotlibrc"),
        GIT_DIR=str(ROOT / ".git"),
    )
    assert done.returncode == 0, done.stderr
    assert tiny.executed("measure") == ["measure 0 5"]
    shown = next((tiny.root / "runs/quick/variants").rglob("seed_0.json"))
    assert json.loads(shown.read_text())["code"]["revision"] is None


def test_a_kernel_that_is_registered_and_gone_is_not_used(tiny: TinyBook, tmp_path: Path) -> None:
    home = tmp_path / "home"
    kernel = home / ".local/share/jupyter/kernels/python3"
    kernel.mkdir(parents=True)
    about = {"argv": ["/nonexistent/python"], "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(about))
    assert tiny.run("run", "show", HOME=str(home)).returncode == 0
