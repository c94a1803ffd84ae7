"""Put the audit on trial: plant lies into a copy of the built book, one at a time.

Run after `make book`: `python scripts/lies.py`. The record goes to runs/own, and with `--records
results` to the published ones; the page on the audit shows it. The book itself is not touched.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from paperbook import checks, plan, records, seals, workspace
from paperbook.lies.planter import Planter
from paperbook.lies.trial import KINDS, Verdict, trial

PARTS = ("book", "fplib", "paperbook", "benchmarks", "scripts", "params", "results")
CODE = ("paperbook/*.py", "paperbook/lies/*.py", "scripts/lies.py", "scripts/front.py")


def copy(root: Path, target: Path, profile: str) -> None:
    """What an audit reads, with the times of the files: sources, records, runs, built pages."""
    for name in (*PARTS, f"runs/{profile}", *(f"{checks.HTML}/{n}" for n in ("book", "_images"))):
        shutil.copytree(root / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [*root.glob("*.*"), *(root / checks.HTML).glob("paperbook-*.json")]:
        if path.is_file():
            shutil.copy2(path, target / path.relative_to(root))


def slug(kind: str) -> str:
    """Name of a kind among metrics."""
    return re.sub(r"[^a-z]+", "_", kind.lower()).strip("_")


def metrics(verdicts: list[Verdict]) -> dict[str, int]:
    """Lies planted, noticed, and noticed by a check that is there for them, in all and by kind."""
    found: Counter[str] = Counter({"alarms.untouched": 0})
    for verdict in verdicts:
        for name in ("all", slug(verdict.lie.kind)):
            found[f"planted.{name}"] += 1
            found[f"noticed.{name}"] += verdict.noticed
            found[f"meant.{name}"] += verdict.meant
    return dict(found)


def misses(verdicts: list[Verdict]) -> list[str]:
    """Lies that were not noticed, or only by a sum or a key, in words."""
    return [
        f"{'missed' if not v.noticed else 'by a sum only'}: {v.lie.kind}: {v.lie.place}: {v.lie.what}"
        for v in verdicts
        if not v.meant
    ]


def main() -> None:
    """Plant, audit, record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=12, help="lies of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--records", type=Path, default=Path("runs/own"))
    chosen = parser.parse_args()
    root = workspace.root()
    about = seals.sealed(root / checks.HTML)
    if about is None:
        parser.error("there is no built book with sums; run `make book` first")
    begin, verdicts = time.perf_counter(), []
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder).resolve()
        copy(root, target, about["profile"])
        memo = checks.Memo()
        planter = Planter(target, target / checks.HTML, about["profile"], chosen.seed)
        for verdict in trial(planter, chosen.each, lambda: checks.audit(target, memo)):
            verdicts.append(verdict)
            if not verdict.meant:
                print(misses([verdict])[0])
    found, seconds = metrics(verdicts), time.perf_counter() - begin
    record = records.new(
        "audit",
        profile=about["profile"],
        parameters={
            "each": chosen.each,
            "seed": chosen.seed,
            "kinds": {slug(kind): kind for kind in KINDS},
            "misses": misses(verdicts),
        },
        metrics=found,
        seconds={"trial": seconds},
        code_key=plan.file_hash(root, CODE),
    )
    path = records.write(record, "lies", root / chosen.records)
    print(
        f"{found['noticed.all']} of {found['planted.all']} lies noticed in {seconds:.0f} s: {path}"
    )


if __name__ == "__main__":
    main()
