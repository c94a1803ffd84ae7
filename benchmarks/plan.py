"""How much is measured, and how long each turn is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fplib.config import PRESETS as RECIPES

PRESETS = ("fast", "paper")
OPPONENTS = {  # name -> preset, type of numbers, parts of a batch computed side by side
    "torch_float32.fast": ("fast", "float32", 1),
    "torch_float32.paper": ("paper", "float32", 1),
    "torch_float64.paper": ("paper", "float64", 1),
    # no plain programs any more: they split a batch and leave out what is not seen, as fplib does
    "torch_float32_shards.fast": ("fast", "float32", 2),
    "torch_float32_shards.paper": ("paper", "float32", 2),
}
JMVAE = "multivae_jmvae"
FLOORS = {  # who computes the products alone -> framework, parts of a batch side by side
    "tensorflow": ("tensorflow", 1),
    "tensorflow_shards": ("tensorflow", 2),
    "torch": ("torch", 1),
}
RECIPE = RECIPES["fast"]


@dataclass(frozen=True)
class Plan:
    """Everything that a run can be told.

    Attributes:
        profile: named in the record.
        records: folder for the record, relative to the book's root.
        rounds: turns of every contestant.
        digits: training digits of the runs from fit() to the answer.
        digits_fast: training digits of an epoch in turns, preset fast.
        digits_paper: the same, preset paper.
        turn_seconds: length of an opponent's turn, s.
        tune_seconds: length of each setting's trial, s.
        product_seconds: for each product of the floor, s.
        batch_sizes: that opponents may choose from, beside the one fplib trains with.
        compiled: whether PyTorch may try torch.compile.
        epochs_to_100_percent: of joint training, in the run to 100 % with all modalities.
        epochs: of joint training, in the run to the accuracy of the image alone.
        epochs_crossmodal: of unimodal training, in the same run.
    """

    profile: str = "full"
    records: str = "runs/own"
    rounds: int = 5
    digits: int = 54_000
    digits_fast: int = 12_800
    digits_paper: int = 3_840
    turn_seconds: float = 3.0
    tune_seconds: float = 1.5
    product_seconds: float = 0.04
    batch_sizes: tuple[int, ...] = (256, 128, 512)
    compiled: bool = True
    epochs_to_100_percent: int = 1
    epochs: int = 4
    epochs_crossmodal: int = 6

    def digits_of(self, preset: str) -> int:
        """Training digits of an epoch in turns."""
        return {"fast": self.digits_fast, "paper": self.digits_paper}[preset]

    def to_json(self) -> dict[str, Any]:
        """The plan as a record's parameters, without the profile and the record's own place."""
        told = asdict(self)
        return {name: told[name] for name in told if name not in ("profile", "records")}


QUICK = Plan(
    profile="smoke",
    records="runs/quick_look",
    rounds=2,
    digits=1_000,
    digits_fast=1_024,
    digits_paper=256,
    turn_seconds=0.1,
    tune_seconds=0.05,
    product_seconds=0.001,
    batch_sizes=(),
    compiled=False,
    epochs=1,
    epochs_crossmodal=1,
)


def parse(arguments: Sequence[str] | None = None) -> Plan:
    """The plan that a command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run", description="Measure the library against its opponents."
    )
    parser.add_argument("--quick", action="store_true", help="small: proves that everything runs")
    parser.add_argument("--records", help="folder for the record, such as results")
    parser.add_argument("--rounds", type=int, help="turns of every contestant")
    parser.add_argument(
        "--epochs", type=int, help="of joint training, in the run to image accuracy"
    )
    parser.add_argument(
        "--epochs-crossmodal", type=int, help="of unimodal training, in the same run"
    )
    parser.add_argument(
        "--epochs-to-100-percent", type=int, help="of joint training, in the short run"
    )
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value}
    plan = QUICK if given.pop("quick", False) else Plan()
    return Plan(**(asdict(plan) | given))
