"""All contestants, each in a process of its own, and their turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.measure import alternate
from benchmarks.plan import FLOORS, JMVAE, OPPONENTS, PRESETS, Plan
from benchmarks.products import Product
from benchmarks.worker import Worker

Say = Callable[[str], None]


@dataclass
class Contest:
    """What was measured in turns.

    Attributes:
        rounds: contestant -> the answers of its turns.
        products: preset -> the products of a training step.
        settings: opponent -> the setting it chose, and what each one tried gave.
        rates: images per second of what has no opponent.
    """

    rounds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    products: dict[str, list[Product]] = field(default_factory=dict)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)


def hold(plan: Plan, cores: int, say: Say) -> Contest:
    """Start the contestants one after the other, let them take turns, and ask for the rest.

    Args:
        plan: how much.
        cores: processor cores that everyone may use.
        say: told what goes on.
    """
    contest = Contest()
    with _started(plan, cores, say, contest) as workers:
        contest.rounds = alternate(
            {name: lambda worker=worker: worker.ask("turn") for name, worker in workers.items()},
            plan.rounds,
            lambda name, answer: say(f"{name}: {_words(answer)}"),
        )
        for preset in PRESETS:
            workers[preset].ask("enough")
        for stage in ("stage_two", "inference"):
            contest.rates[stage] = workers["fast"].ask(stage)["rate"]
            say(f"{stage}: {contest.rates[stage]:,.0f} images/s")
    return contest


@contextmanager
def _started(plan: Plan, cores: int, say: Say, contest: Contest) -> Iterator[dict[str, Worker]]:
    """Name -> worker, each warmed up and waiting before the next one is started."""
    with ExitStack() as stack:
        workers: dict[str, Worker] = {}
        batches: dict[str, int] = {}

        def start(name: str, module: str, **options: Any) -> dict[str, Any]:
            worker = Worker(module, options | {"cores": cores})
            workers[name] = stack.enter_context(worker)
            return worker.answer()

        for preset in PRESETS:
            digits, epochs = plan.digits_of(preset), 100 + plan.rounds
            told = start(preset, "benchmarks.ours", preset=preset, digits=digits, epochs=epochs)
            contest.products[preset] = [Product.from_json(p) for p in told["products"]]
            workers[preset].answer()  # the first epochs are over
            batches[preset] = told["batch_size"]
        opponents: dict[str, dict[str, Any]] = {
            name: {
                "module": "benchmarks.theirs",
                "preset": preset,
                "dtype": dtype,
                "shards": shards,
                "compiled": plan.compiled and dtype == "float32" and shards == 1,
                "tune_seconds": plan.tune_seconds,
                "turn_seconds": plan.turn_seconds,
            }
            for name, (preset, dtype, shards) in OPPONENTS.items()
        }
        opponents[JMVAE] = {"module": "benchmarks.jmvae", "preset": "fast"}
        for name, options in opponents.items():
            preset = options["preset"]
            sizes = sorted(
                {*plan.batch_sizes, batches[preset]}, key=lambda b, p=preset: b != batches[p]
            )
            told = start(name, **options, digits=plan.digits_of(preset), batch_sizes=sizes)
            contest.settings[name] = told
            say(f"{name}: {told['setting']}; tried {told['tried']}")
        products = {
            preset: {"batch_size": batches[preset], "products": [p.to_json() for p in found]}
            for preset, found in contest.products.items()
        }
        for name, (framework, shards) in FLOORS.items():
            options = {"framework": framework, "shards": shards, "presets": products}
            start(name, "benchmarks.floor", **options, seconds=plan.product_seconds)
        yield workers


def _words(answer: dict[str, Any]) -> str:
    if "step" in answer:
        return f"{answer['step']:,.0f} images/s"
    return f"floor; a large matrix product runs at {answer['peak']:,.0f} GFLOP/s"
