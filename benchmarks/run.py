"""`python -m benchmarks.run`: everything, on this machine, in one go; writes one record of page `bench`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from benchmarks import contest, summary, whole
from benchmarks.plan import Plan, parse
from benchmarks.worker import Worker
from paperbook import dependencies, provenance, records, workspace

IDLE = 0.3  # load average above which the machine is called busy
IMAGE_ACCURACY = 0.97


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write the record, say where it is."""
    plan = parse(arguments)
    begin = time.perf_counter()
    cores, load, code = provenance.cores(), os.getloadavg()[0], reached()
    say(f"{provenance.device()}, {cores} cores, load {load:.2f}")
    if load > IDLE:
        say("The machine is busy. The numbers will be too low, and not equally so for everyone.")
    found, hashes = answers(plan)
    turns = contest.hold(plan, cores, say)
    found |= summary.metrics(turns)
    told = plan.to_json() | summary.parameters(turns) | {"load_average": load}
    told |= {name: metadata.version(name) for name in ("torch", "multivae")}
    record = records.new(
        "bench",
        profile=plan.profile,
        parameters=told,
        metrics=found,
        seconds={"run": time.perf_counter() - begin},
        code_key=code.key,
        packages=dependencies.versions(code.packages),
        data=hashes,
        synthetic_data=True,
        notes="The curve is synthetic, made from the label; the images are MNIST.",
    )
    for name, value in found.items():
        if name.startswith(("ratio.", "roofline.", "seconds.", "memory.", "images_per_second.")):
            say(f"{name}: {value:,.4g}")
    say(f"record: {records.write(record, f'cores_{cores}', workspace.root() / plan.records)}")


def reached() -> dependencies.Reached:
    """The code behind the numbers: this package, and what it uses of the library."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    project = dependencies.Project(workspace.root())
    return project.page(path.read_text(encoding="utf-8") for path in files)


def answers(plan: Plan) -> tuple[dict[str, float], dict[str, str]]:
    """Seconds from fit() to an answer, memory and import; and the hashes of the data."""
    found = {"seconds.import_fplib": whole.import_seconds(7)}
    one = {"digits": plan.digits, "epochs": plan.epochs_to_100_percent, "epochs_crossmodal": 0}
    with Worker("benchmarks.whole", one) as worker:
        short = worker.answer()
    seconds, accuracy = short["seconds"]["answer"], short["accuracy"]["multimodal"]
    say(f"joint training, {plan.epochs_to_100_percent} epochs: {seconds:.1f} s, {accuracy:.2%}")
    found |= {"accuracy.multimodal.mean_field": accuracy, "seconds.short_run": seconds}
    if accuracy == 1.0:
        found["seconds.to_100_percent"] = seconds
    two = one | {"epochs": plan.epochs, "epochs_crossmodal": plan.epochs_crossmodal}
    with Worker("benchmarks.whole", two) as worker:
        long = worker.answer()
    seconds, accuracy = sum(long["seconds"][s] for s in ("one", "two")), long["accuracy"]["image"]
    say(f"both stages: {seconds:.1f} s, image alone {accuracy:.2%}, {long['memory']:,.0f} MB")
    found |= {"accuracy.image.from_z": accuracy, "seconds.both_stages": seconds}
    found |= {f"seconds.stage_{stage}": long["seconds"][stage] for stage in ("one", "two")}
    found["memory.peak_mb"] = long["memory"]
    if accuracy >= IMAGE_ACCURACY:
        found["seconds.to_image_97"] = seconds
    return found, long["data"]


def say(text: str) -> None:
    """A line for whoever waits."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
