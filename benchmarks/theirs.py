"""The PyTorch opponent as a worker: finds its own best setting first, then takes turns."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.measure import steps_for
from benchmarks.worker import Channel

WARM_UP = 3  # steps before any measurement; the first one compiles


def main(options: dict[str, Any], channel: Channel) -> None:
    """Worker: says what it tried and chose, then trains each time it is asked for a "turn".

    Args:
        options: "preset", "dtype", "digits" of training, "cores", "batch_sizes" to choose from,
            "shards" of a batch, "compiled" (whether to try torch.compile), "tune_seconds" of each
            trial, "turn_seconds".
        channel: answers with images per second.
    """
    import torch

    import fplib as fp
    from benchmarks.torch_training import Setting, TorchTraining, candidates
    from fplib.config import PRESETS

    train = fp.data.mnist(digits=options["digits"]).train
    data = {name: train[name] for name in ("image", "curve")}

    def start(setting: Setting) -> TorchTraining:
        total = 1000 * max(1, train.n // setting.batch_size)
        dtype = getattr(torch, options["dtype"])
        training = TorchTraining(data, PRESETS[options["preset"]], setting, dtype, total)
        training.run(WARM_UP)
        return training

    def rate(training: TorchTraining) -> float:
        steps = steps_for(options["tune_seconds"], training.run)
        return steps * training.setting.batch_size / training.run(steps)

    settings = candidates(options["cores"], options["batch_sizes"], options["shards"])
    # twice, and the better counts: a disturbance must not cost an opponent its best setting
    best, tried = choose([*settings, *settings], start, rate)
    if options["compiled"]:  # compilation takes its time: only the best of the others gets it
        compiled = dataclasses.replace(best, compiled=True)
        best, tried = choose([compiled], start, rate, (best, tried))
    training = start(best)
    steps = steps_for(options["turn_seconds"], training.run)
    channel.say({"setting": best.words(), "tried": tried})
    images = steps * best.batch_size
    channel.serve({"turn": lambda: {"step": images / finite(training, training.run(steps))}})


def choose(
    settings: Sequence[Any],
    start: Callable[[Any], Any],
    rate: Callable[[Any], float],
    before: tuple[Any, dict[str, float | str]] | None = None,
) -> tuple[Any, dict[str, float | str]]:
    """The fastest setting.

    Args:
        settings: what to try, each with `words()`; of one tried again the higher rate counts.
        start: prepares the training with a setting, warmed up.
        rate: its images per second.
        before: the best so far and all that was tried, to go on from.

    Returns:
        The best setting, and for all of them images per second, or why it did not work.

    Raises:
        RuntimeError: none of them works.
    """
    best, tried = before or (None, {})
    tried = dict(tried)
    for setting in settings:
        name = setting.words()
        try:
            found = rate(start(setting))
        except Exception as error:  # no compiler, no memory, a setting that this build lacks
            tried[name] = f"failed: {type(error).__name__}"
            print(f"{name}: {error}", file=sys.stderr)
            continue
        earlier = tried.get(name)
        tried[name] = max(found, earlier) if isinstance(earlier, float) else found
        if best is None or tried[name] > tried[best.words()]:
            best = setting
    if best is None:
        raise RuntimeError(f"No setting of this opponent works: {tried}.")
    return best, tried


def finite(training: Any, seconds: float) -> float:
    """Pass the time through, once the sums of the bound's terms are known to be numbers.

    Raises:
        FloatingPointError: an opponent that computes NaN is no opponent.
    """
    total = float(training.sums.sum())
    if not math.isfinite(total):
        raise FloatingPointError(f"The opponent's bound became {total}; its speed means nothing.")
    return seconds
