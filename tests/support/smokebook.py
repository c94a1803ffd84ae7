"""The whole book, built strictly with the parameters of the smoke profile.

Its runs stay in `runs/smoke/`, so that a second `make test` executes only what has changed.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml
from bs4 import BeautifulSoup
from filelock import FileLock

from tests.support.tinybook import COMMAND, ROOT

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
DOCUMENTS = [TOC["root"], *(c["file"] for part in TOC["parts"] for c in part["chapters"])]


@dataclass
class Book:
    """The built pages, and what they were built from."""

    folder: Path
    documents: dict[str, BeautifulSoup]
    glue: dict[str, dict]


def built(place: Path) -> Book:
    """The book, built by the first that asks; those who share the folder wait for it.

    Args:
        place: folder of the book, the same for every process of one test run.
    """
    place.mkdir(exist_ok=True)
    ended = place / "ended"
    with FileLock(place / "lock"):
        if not ended.exists():
            ended.write_text(_build(place))
    assert ended.read_text() == "well", ended.read_text()
    folder = place / "_build" / "html"
    rendered = {
        name: BeautifulSoup((folder / f"{name}.html").read_text(encoding="utf-8"), "lxml")
        for name in DOCUMENTS
    }
    glue = {
        path.name.removesuffix(".glue.json"): json.loads(path.read_text())
        for path in (place / "_build" / "jupyter_execute").rglob("*.glue.json")
    }
    return Book(folder, rendered, glue)


def _build(place: Path) -> str:
    """How the build ended; every warning is an error."""
    options = ["build", ".", "--path-output", str(place), "-W", "--keep-going"]
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *options],
        cwd=ROOT,
        env=os.environ | {"BOOK_PROFILE": "smoke"},
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    return "well" if done.returncode == 0 else done.stdout[-3000:] + done.stderr[-3000:]
