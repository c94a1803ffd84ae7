"""Bring the README up to date with the published records: its table and its picture.

Run after new records were published: `python scripts/front.py`. The picture is taken from the
executed notebook of the chapter on MNIST with a clean curve, in whatever profile ran last, and
stays as it is where none has run.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from paperbook import records

START = "<!-- table: written by scripts/front.py from results/ -->"
END = "<!-- end of table -->"
NAMES = {
    "accuracy.multimodal.mean_field": "image + curve, mean field",
    "accuracy.multimodal.from_z": "image + curve, from Z",
    "accuracy.image.from_z": "image alone",
    "accuracy.curve.from_z": "curve alone",
}


def table(folder: Path = ROOT / "results") -> str:
    """The README's table, from the published records of the page `mnist_clean`."""
    runs = records.load("mnist_clean", folder=folder)
    rows = records.table(runs, NAMES)
    text = records.markdown(rows, names=NAMES, paper={"accuracy.multimodal.mean_field": 1.0})
    spent = [r["seconds"]["stage_one"] + r["seconds"]["stage_two"] for r in runs]
    memory = min(r["peak_memory_mb"] for r in runs)  # of the run that came first in its process
    machine = runs[0]["environment"]
    return (
        f"{text}\n\nTraining a model takes {np.median(spent) / 60:.1f} minutes (median of "
        f"{len(runs)} seeds, both stages, 54 000 digits) and a process that trains one peaks at "
        f"{memory / 1000:.1f} GB, on {machine['cores']} cores ({machine['device']}). "
        f"{idle(folder)}The paper reports 10–14 hours on a GPU."
    )


def idle(folder: Path) -> str:
    """What `make bench` measured on an idle machine, a sentence, or nothing without a record."""
    runs = records.load("bench", folder=folder)
    if not runs:
        return ""
    found, told, machine = (runs[-1][key] for key in ("metrics", "parameters", "environment"))
    return (
        f"{machine['cores']} idle cores ({machine['device']}) need {found['seconds.short_run']:.0f} s from "
        f"`fit()` to {records.percent(found['accuracy.multimodal.mean_field'])} with both measurements, and "
        f"{found['seconds.both_stages']:.0f} s for both stages ({told['epochs']} and {told['epochs_crossmodal']} "
        f"epochs), after which the image alone reaches {records.percent(found['accuracy.image.from_z'])}; "
        "the page *How fast* has the rest. "
    )


def with_table(readme: str) -> str:
    """The README with its table replaced."""
    return re.sub(
        f"{START}.*?{END}", lambda _: f"{START}\n{table()}\n{END}", readme, flags=re.DOTALL
    )


def picture(name: str = "fig-clean-latent") -> bytes | None:
    """The light version of one figure of the chapter's last executed notebook, as PNG."""
    notebooks = sorted((ROOT / "runs").rglob("mnist_clean.ipynb"), key=lambda p: p.stat().st_mtime)
    if not notebooks:
        return None
    for cell in json.loads(notebooks[-1].read_text())["cells"]:
        if cell["metadata"].get("mystnb", {}).get("figure", {}).get("name") == name:
            return base64.b64decode(cell["outputs"][0]["data"]["image/png"])
    raise LookupError(f"No figure {name} in {notebooks[-1]}.")


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text()))
    if (image := picture()) is not None:
        (ROOT / "book" / "_static" / "front.png").write_bytes(image)
