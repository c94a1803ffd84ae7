"""A book of ten lines on another subject, in a temporary folder, made by this press."""

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
factor: float = 1.0  # what the number is multiplied by
seeds: list = [0]

# %%
import numpy as np

import paperbook
from tiny import logbook
from tiny.pictures import dot
from tiny.tide import height

logbook.write("page measure")


# %%
@paperbook.experiment(name="seed_{seed}")
def measure(seed, checkpoint):
    \"\"\"The tide of one day.\"\"\"
    logbook.write(f"measure {seed} {factor}")
    heights = logbook.epochs(checkpoint, lambda: height(factor) + seed)
    return {"value": heights[-1]}, {"heights": np.array(heights), "notes": ["calm"]}


# %%
runs = [measure(seed) for seed in seeds]
paperbook.glue("measure", value=runs[0].metrics["value"], last=runs[0]["heights"][-1])

# %%
#| label: fig-one
#| caption: One figure.
dot("a single dot")

# %%
#| label: tbl-one
#| caption: One table.
paperbook.table(paperbook.frame(runs)[["seed", "value"]], index=False)
"""
)
SHOW = (
    HEADER % "# paperbook: {reads: [measure]}\n"
    + """\
# %% [markdown]
# # Show

# %%
import paperbook
from tiny import logbook

logbook.write("page show")
paperbook.glue("shown", value=paperbook.runs("measure")[0].metrics["value"])
"""
)
INDEX = """\
# Tiny

The number is {glue:text}`measure.py::measure-value:.2f`, shown as {glue:text}`show.py::shown-value:.2f`;
{numref}`fig-one` has two versions and {numref}`tbl-one` a caption.

```{nb-exec-table}
```
"""
LOGBOOK = '''\
"""Who was here, and how fast."""

import os
import time
from pathlib import Path


def write(line):
    """Leave a line for the tests."""
    with open(Path(os.environ["PAPERBOOK_ROOT"], "log.txt"), "a") as log:
        log.write(line + "\\n")
    if line.startswith("page"):
        time.sleep(float(os.environ.get("TINY_PAUSE", 0)))


def epochs(folder, value):
    """Three epochs, each kept in the checkpoint."""
    done = sorted(folder.glob("epoch_*")) if folder else []
    for epoch in range(len(done), 3):
        time.sleep(float(os.environ.get("TINY_SLEEP", 0)))
        write(f"epoch {epoch}")
        if folder:
            (folder / f"epoch_{epoch}").write_text(str(value()))
    return [value()] * 3
'''
PICTURES = '''\
"""A picture in two colours and two sizes."""

LIGHT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADU"
    "lEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
DARK = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADU"
    "lEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PHONE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAACCAAAAAC86un7AAAADElE"
    "QVR4nGM4wcQAAAJgAMt0+EuNAAAAAElFTkSuQmCC"
)
PHONE_DARK = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAACCAAAAAC86un7AAAADElE"
    "QVR4nGPQYGIAAACAACsUa5NrAAAAAElFTkSuQmCC"
)
COLOUR = "grey"


def dot(words):
    """Show a dot."""
    from IPython.display import display

    versions = {"dark": DARK, "phone": PHONE, "phone.dark": PHONE_DARK, "turn": ["</script>"]}
    others = {"application/vnd.paperbook.versions+json": versions}
    display({"image/png": LIGHT, "text/plain": words} | others, raw=True)
'''
TIDE = '''\
"""The tide."""

SCALE = 2.0


def height(factor):
    """Height of the water, m."""
    return SCALE * factor  # of the moon
'''


class TinyBook:
    """A book of three pages: `show` reads what `measure` wrote, `index` glues from both."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True)
        shutil.copy(ROOT / "_config.yml", root / "_config.yml")
        for folder in ("book/_static", "vendor", "params", "tiny"):
            (root / folder).mkdir(parents=True)
        shutil.copy(ROOT / "book/_static/favicon.svg", root / "book/_static")
        for name, text in {
            "tiny/__init__.py": "",
            "tiny/tide.py": TIDE,
            "tiny/logbook.py": LOGBOOK,
            "tiny/pictures.py": PICTURES,
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

    def environment(self, **more: str) -> dict[str, str]:
        """What a reader's shell would hand over."""
        own = {k: v for k, v in os.environ.items() if not k.startswith(("PAPERBOOK", "BOOK"))}
        own.pop("PYTHONPATH", None)
        return own | {"PYTHONPATH": str(ROOT)} | more

    def start(self, *command: str, **more: str) -> subprocess.Popen[str]:
        """Start a command of the press, or the build without any."""
        words = ["-m", "paperbook.cli", *command] if command else ["-c", COMMAND, "build", "."]
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=self.root,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def build(self, profile: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        """Build the book as a reader does."""
        process = self.start(**({"BOOK_PROFILE": profile} if profile else {}), **more)
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the press."""
        process = self.start(*command, **more)
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text in a file of the book."""
        path = self.root / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new))

    def sources(self) -> list[Path]:
        """Return the files that the tests edit."""
        names = ("tiny/*.py", "params/*.yml", "book/*.py", "book/*.md")
        return [path for name in names for path in self.root.glob(name)]

    def log(self) -> list[str]:
        """Return what was executed since the last call of `executed`."""
        log = self.root / "log.txt"
        return log.read_text().splitlines() if log.exists() else []

    def executed(self, what: str = "") -> list[str]:
        """Return what was executed since the last call, and forget it.

        Args:
            what: beginning of the lines that matter.
        """
        lines = self.log()
        (self.root / "log.txt").unlink(missing_ok=True)
        return [line for line in lines if line.startswith(what)]

    def html(self, page: str) -> str:
        """Return a rendered page."""
        return (self.root / "_build" / "html" / "book" / f"{page}.html").read_text()

    def numbers(self) -> list[str]:
        """Return the glued numbers of the index."""
        return re.findall(r"<span class=\"pasted-text\">([^<]*)</span>", self.html("index"))
