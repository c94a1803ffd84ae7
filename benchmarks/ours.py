"""The library's own training, held between epochs until it is its turn."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from benchmarks import products
from benchmarks.worker import Channel

WARM_UP = 3  # epochs before the first turn: one with frozen assignments, and compilation


class _EnoughError(Exception):
    """Raised out of a fit that nobody wants to go on with."""


@contextmanager
def stopwatch() -> Iterator[dict[str, float]]:
    """While it is open, every fit notes how long its last EM pass and its last Adam epoch took, s.

    The only place here that knows where in fplib the two are.
    """
    from fplib.training import joint as training
    from fplib.training import loop as descent

    seconds: dict[str, float] = {}

    def timed(name: str, function: Callable) -> Callable:
        def call(*arguments: Any, **options: Any) -> Any:
            begin = time.perf_counter()
            result = function(*arguments, **options)
            seconds[name] = time.perf_counter() - begin
            return result

        return call

    adam = timed("adam", descent.Descent.epoch)
    em = timed("em", training.em_step)
    with (
        mock.patch.object(descent.Descent, "epoch", adam),
        mock.patch.object(training, "em_step", em),
    ):
        yield seconds


def build(preset: str, points: Any) -> Any:
    """The model of the MNIST pages."""
    import fplib as fp

    curve = fp.Curve("curve", points, fp.experts.Proportional())
    return fp.FingerprintModel([fp.Image("image", (28, 28)), curve], clusters=10, preset=preset)


def main(options: dict[str, Any], channel: Channel) -> None:
    """Worker: trains an epoch each time it is asked for a "turn"; then serves "stage_two" and "inference".

    Args:
        options: "preset", "digits" of training, "epochs" (more than there will be turns).
        channel: first told the products of a step, then images per second of every turn.
    """
    import fplib as fp

    data = fp.data.mnist(digits=options["digits"])
    model = build(options["preset"], data.t)
    batch = model.preset.training.batch_size
    counted = [product.to_json() for product in products.of_model(model)]
    channel.say({"products": counted, "batch_size": batch})
    seen = data.train.n // batch * batch

    with stopwatch() as seconds:

        def hold(_: Any, row: dict) -> None:
            if row["epoch"] < WARM_UP:
                return
            channel.say(
                {
                    "step": seen / seconds["adam"],
                    "em_pass": data.train.n / seconds["em"],
                    "epoch": data.train.n / (seconds["adam"] + seconds["em"]),
                }
            )
            if channel.request() != "turn":
                raise _EnoughError

        try:
            model.fit(data.train, epochs=options["epochs"], progress=False, callback=hold)
        except _EnoughError:
            channel.say({})
    channel.serve(
        {
            "stage_two": lambda: {"rate": unimodal(model, data.train)},
            "inference": lambda: {"rate": inference(model, data.test)},
        }
    )


def unimodal(model: Any, train: Any) -> float:
    """Specimens a second through an epoch of every unimodal encoder, compilation apart."""
    history = model.fit_crossmodal(train, epochs=4, progress=False)
    seconds = 0.0
    for name in model.modalities:
        ends = [row["seconds"] for row in history if row["modality"] == name]
        seconds += statistics.median(b - a for a, b in itertools.pairwise(ends))
    return train.n / seconds


def inference(model: Any, data: Any) -> float:
    """Clusters of whole specimens a second, `predict` on arrays, after a first call that compiles."""
    model.predict(data)
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        model.predict(data)
        times.append(time.perf_counter() - begin)
    return data.n / statistics.median(times)
