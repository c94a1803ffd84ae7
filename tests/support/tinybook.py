"""A tiny book in a temporary folder, built by the extension of this project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (
    "import sys; from jupyter_book.cli.main import main; sys.exit(main())"  # as the script does
)
HEADER = """\
# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
%s# ---

"""
MEASURE = (
    HEADER % ""
    + """\
# %% [markdown]
# # Measure
#
# Prose of the measuring page.

# %% tags=["parameters"]
profile: str = "quick"
factor: float = 1.0  # what the number is multiplied by
seed: int = 0

# %%
import json
import os
from pathlib import Path

from fplib.numbers import SCALE
from myst_nb import glue

value = SCALE * factor
folder = Path(os.environ["FPLIB_RECORDS"]) / "measure"
folder.mkdir(parents=True, exist_ok=True)
(folder / "one.json").write_text(json.dumps({"value": value, "profile": profile}))
with open(os.environ["FPLIB_ROOT"] + "/log.txt", "a") as log:
    log.write(f"measure {profile} {factor}\\n")
glue("value", value, display=False)

# %% mystnb={"figure": {"name": "fig-one", "caption": "One figure."}}
from IPython.display import display

LIGHT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADU"
    "lEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
DARK = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADU"
    "lEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
display(
    {
        "image/png": LIGHT,
        "text/plain": "a single dot",
        "application/vnd.paperbook.dark+json": {"png": DARK},
    },
    raw=True,
)
"""
)
SHOW = (
    HEADER % "#   fplib: {reads: [measure]}\n"
    + """\
# %% [markdown]
# # Show

# %%
import json
import os
from pathlib import Path

from myst_nb import glue

record = json.loads((Path(os.environ["FPLIB_RECORDS"]) / "measure" / "one.json").read_text())
with open(os.environ["FPLIB_ROOT"] + "/log.txt", "a") as log:
    log.write("show\\n")
glue("shown", record["value"], display=False)
"""
)
INDEX = """\
# Tiny

The number is {glue:text}`measure.py::value:.2f`, shown as {glue:text}`show.py::shown:.2f`;
{numref}`fig-one` has two versions.

```{nb-exec-table}
```
"""


class TinyBook:
    """A book of three pages: `show` reads what `measure` wrote, `index` glues from both."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "fplib").mkdir(parents=True)
        for name in ("pages.py", "runner.py"):
            shutil.copy(ROOT / "fplib" / name, root / "fplib" / name)
        shutil.copytree(ROOT / "_ext", root / "_ext", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "_config.yml", root / "_config.yml")
        for folder in ("book/_static", "vendor", "params"):
            (root / folder).mkdir(parents=True)
        for name, text in {
            "fplib/__init__.py": "",
            "fplib/numbers.py": '"""Numbers."""\n\nSCALE = 2.0\n',
            "params/quick.yml": "measure: {factor: 3.0}\n",
            "params/full.yml": "measure: {factor: 5.0}\n",
            "references.bib": "",
            # "show" comes first: the order of execution must follow what it reads
            "_toc.yml": "format: jb-book\nroot: book/index\nchapters:\n"
            "  - file: book/show\n  - file: book/measure\n",
            "book/index.md": INDEX,
            "book/measure.py": MEASURE,
            "book/show.py": SHOW,
        }.items():
            (root / name).write_text(text)

    def build(self, profile: str | None = None) -> subprocess.CompletedProcess[str]:
        """Build the book as a reader does."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("FPLIB", "BOOK"))}
        environment.pop("PYTHONPATH", None)
        if profile:
            environment["BOOK_PROFILE"] = profile
        return subprocess.run(
            [sys.executable, "-c", COMMAND, "build", "."],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text in a file of the book."""
        path = self.root / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new))

    def sources(self) -> list[Path]:
        """Return the files that the tests edit."""
        names = ("fplib/numbers.py", "params/*.yml", "book/*.py", "book/*.md")
        return [path for name in names for path in self.root.glob(name)]

    def executed(self) -> list[str]:
        """Return what was executed since the last call."""
        log = self.root / "log.txt"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    def html(self, page: str) -> str:
        """Return a rendered page."""
        return (self.root / "_build" / "html" / "book" / f"{page}.html").read_text()

    def numbers(self) -> list[str]:
        """Return the glued numbers of the index."""
        return re.findall(r"<span class=\"pasted-text\">([^<]*)</span>", self.html("index"))
