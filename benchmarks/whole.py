"""From `fit()` to an answer in a fresh process: seconds, accuracy, and the memory it took."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import Any

from benchmarks.ours import build
from benchmarks.worker import Channel

IMPORT = "import time; t = time.perf_counter(); import fplib; print(time.perf_counter() - t)"


def main(options: dict[str, Any], channel: Channel) -> None:
    """Worker: trains once and says how long it took, how good it is, and what memory it needed.

    Initialisation and compilation are part of the time; loading the data and building the model,
    which imports TensorFlow, are not. Nothing is held out: no validation data are watched.

    Args:
        options: "digits" of training, "epochs", "epochs_crossmodal" (0 for joint training alone).
        channel: answers with "seconds" ("answer": from fit() to the clusters of all test digits from
            all modalities; "one", "two": of the stages), "accuracy" of the test set ("multimodal",
            mean-field; "image", alone, after unimodal training), "memory", MiB, and "data", hashes.
    """
    import fplib as fp
    from fplib import metrics
    from paperbook import provenance as _environment

    data = fp.data.mnist(digits=options["digits"])
    model = build("fast", data.t)
    begin = time.perf_counter()
    model.fit(data.train, epochs=options["epochs"], progress=False)
    trained = time.perf_counter()
    clusters = model.predict(data.test)
    seconds = {"one": trained - begin, "answer": time.perf_counter() - begin}
    accuracy = {"multimodal": metrics.clustering_accuracy(data.test.labels, clusters)}
    if options["epochs_crossmodal"]:
        begin = time.perf_counter()
        model.fit_crossmodal(data.train, epochs=options["epochs_crossmodal"], progress=False)
        seconds["two"] = time.perf_counter() - begin
        clusters = model.predict({"image": data.test["image"]}, "from_z")
        accuracy["image"] = metrics.clustering_accuracy(data.test.labels, clusters)
    memory = _environment.peak_memory_mb()
    channel.say({"seconds": seconds, "accuracy": accuracy, "memory": memory, "data": data.hashes})


def import_seconds(processes: int) -> float:
    """Median time of `import fplib` over fresh processes, s; starting the interpreter is not part of it."""
    command = [sys.executable, "-c", IMPORT]
    subprocess.run(command, capture_output=True, check=True)  # reads from the disk
    runs = (
        subprocess.run(command, capture_output=True, text=True, check=True)
        for _ in range(processes)
    )
    return statistics.median(float(run.stdout) for run in runs)
