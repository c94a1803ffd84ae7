"""Bring the README up to date with the published records: its table and its picture.

Run after new records were published: `python scripts/front.py`. The picture is taken from the
executed notebook of the chapter on MNIST with a clean curve, of the profile `full` or else `quick`,
and stays as it is where neither has run. `python scripts/front.py --check` changes nothing and says
what is out of date, as `paperbook audit` does.
"""

from __future__ import annotations

import base64
import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from paperbook import intervals, records, tables

ROOT = Path(__file__).resolve().parent.parent
START = "<!-- table: written by scripts/front.py from results/ -->"
END = "<!-- end of table -->"
NAMES = {  # metric -> the words for it
    "accuracy.multimodal.from_z": "image + curve, from Z",
    "accuracy.multimodal.mean_field": "image + curve, mean field",
    "accuracy.image.from_z": "image alone",
    "accuracy.curve.from_z": "curve alone",
}
PAPER = {"accuracy.multimodal.from_z": 1.0}  # its number, by its own estimator
UNCLAIMED = {"accuracy.multimodal.mean_field"}  # the paper has no such estimator
TESTED = 10_000  # digits, the same for all seeds


def table(folder: Path = ROOT / "results") -> str:
    """The README's table, from the published records of the page `mnist_clean`."""
    runs = records.load("mnist_clean", folder=folder)
    frame = tables.frame(runs)
    found = tables.summary(frame, NAMES)
    shown = found[["median"]].copy()
    shown["mean ± std"] = [
        f"{_bare(m)} ± {100 * s:.2f} %" for m, s in zip(found["mean"], found["std"], strict=True)
    ]
    shown["95 % interval"] = [expected(list(frame[m])) for m in NAMES]
    further = [intervals.prediction_range(list(frame[m]), TESTED) for m in NAMES]
    shown["further seed, 90 %"] = [_range(*ends) for ends in further]
    shown["least–most"] = [_range(*ends) for ends in zip(found["min"], found["max"], strict=True)]
    shown["runs"] = found["runs"]
    shown["paper"] = [paper(metric) for metric in NAMES]
    text = tables.table(shown, percents=["median"]).data
    minutes = frame["seconds.total"].median() / 60
    memory = min(r["peak_memory_mb"] for r in runs)  # of the run that came first in its process
    machine = runs[0]["environment"]
    return (
        f"{text}\n\nTraining a model and its unimodal encoders on 54 000 digits takes "
        f"{minutes:.1f} minutes (median of {len(runs)} seeds), and a process that trains "
        f"one peaks at {memory / 1000:.1f} GB, on {machine['cores']} cores ({machine['device']}). "
        f"{idle(folder)}The paper reports 10–14 hours on a GPU."
    )


def paper(metric: str) -> str:
    """The paper's number, or why there is none."""
    if metric in PAPER:
        return tables.percent(PAPER[metric])
    return "not claimed" if metric in UNCLAIMED else "not recovered"


def expected(accuracies: list[float]) -> str:
    """Interval of the expected accuracy, if there are runs enough to tell."""
    if len(accuracies) < intervals.FEWEST:
        return tables.MISSING
    found = intervals.share(accuracies, TESTED)
    return _range(found.low, found.high)


def _bare(value: float) -> str:
    """Percent without its sign."""
    return tables.percent(value).removesuffix(" %")


def _range(low: float, high: float) -> str:
    """Two ends in percent, if there are any."""
    if math.isnan(low):
        return tables.MISSING
    return f"{_bare(low)}–{tables.percent(high)}"


def idle(folder: Path) -> str:
    """What `make bench` measured on an idle machine, a sentence, or nothing without a record."""
    runs = records.load("bench", folder=folder)
    if not runs:
        return ""
    found, told, machine = (runs[-1][key] for key in ("metrics", "parameters", "environment"))
    return (
        f"{machine['cores']} idle cores ({machine['device']}) need {found['seconds.short_run']:.0f} s from "
        f"`fit()` to {tables.percent(found['accuracy.multimodal.mean_field'])} with both measurements, and "
        f"{found['seconds.both_stages']:.0f} s with the unimodal encoders ({told['epochs']} and "
        f"{told['epochs_crossmodal']} epochs), after which the image alone reaches "
        f"{tables.percent(found['accuracy.image.from_z'])}; the page *How fast* has the rest. "
    )


def with_table(readme: str, folder: Path = ROOT / "results") -> str:
    """The README with its table replaced."""
    new = f"{START}\n{table(folder)}\n{END}"
    return re.sub(f"{START}.*?{END}", lambda _: new, readme, flags=re.DOTALL)


def findings(root: Path) -> Iterator[tuple[str, str]]:
    """Lines of the README that are not what the records give, as `paperbook audit` asks for them."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    if START not in readme or END not in readme:
        yield "README.md", f"has no table between {START!r} and {END!r}"
    right = with_table(readme, root / "results").splitlines()
    for number, (has, wanted) in enumerate(zip(readme.splitlines(), right, strict=False), start=1):
        if has != wanted:
            yield f"README.md:{number}", f"has “{has[:90]}”, the records give “{wanted[:90]}”"
    if len(readme.splitlines()) != len(right):
        yield "README.md", "has more or fewer lines than the records give"


def picture(name: str = "fig-clean-latent") -> bytes | None:
    """The light version of one figure of the chapter's last executed notebook, as PNG."""
    places = [ROOT / "runs" / profile / "mnist_clean.ipynb" for profile in ("full", "quick")]
    notebook = next((path for path in places if path.is_file()), None)
    if notebook is None:
        return None
    for cell in json.loads(notebook.read_text())["cells"]:
        if cell["metadata"].get("mystnb", {}).get("figure", {}).get("name") == name:
            return base64.b64decode(cell["outputs"][0]["data"]["image/png"])
    raise LookupError(f"No figure {name} in {notebook.name}.")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        wrong = [": ".join(found) for found in findings(ROOT)]
        sys.exit("\n".join(wrong) or 0)
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text()))
    if (image := picture()) is not None:
        (ROOT / "book" / "_static" / "front.png").write_bytes(image)
