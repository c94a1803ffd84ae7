"""From the answers of all turns to the numbers of a record."""

from __future__ import annotations

from statistics import median
from typing import Any

import numpy as np

from benchmarks.contest import Contest
from benchmarks.measure import ratio, spread
from benchmarks.plan import FLOORS, JMVAE, OPPONENTS, PRESETS
from benchmarks.products import gflops, multiply_adds

FORMS = ("forward", "input", "kernel")


def metrics(contest: Contest) -> dict[str, Any]:
    """Every number measured in turns, by its name in the record."""
    steps = {n: [a["step"] for a in contest.rounds[n]] for n in (*PRESETS, *OPPONENTS, JMVAE)}
    found: dict[str, Any] = {}
    for name, rates in steps.items():
        found[f"images_per_second.{name}"] = median(rates)
        found[f"spread.{name}"] = spread(rates)
        found[f"rounds.{name}"] = rates
    for preset in PRESETS:
        for part in ("em_pass", "epoch"):
            rates = [answer[part] for answer in contest.rounds[preset]]
            found[f"images_per_second.{part}.{preset}"] = median(rates)
    found |= {f"images_per_second.{stage}": rate for stage, rate in contest.rates.items()}
    found |= _ratios(contest, steps)
    found["gflops.matrix_product"] = max(
        median(answer["peak"] for answer in contest.rounds[f]) for f in FLOORS
    )
    for preset in PRESETS:
        found |= _floor(contest, preset, found[f"images_per_second.{preset}"])
    for name, (preset, *_) in OPPONENTS.items():
        count = multiply_adds(contest.products[preset])
        found[f"gflops.{name}"] = gflops(count, found[f"images_per_second.{name}"])
    return found


def _ratios(contest: Contest, steps: dict[str, list[float]]) -> dict[str, float]:
    """Ours over theirs."""
    found = {f"ratio.{n}": ratio(steps[p], steps[n]) for n, (p, *_) in OPPONENTS.items()}
    # an epoch of JMVAE has no EM pass, ours has one
    epochs = [answer["epoch"] for answer in contest.rounds["fast"]]
    found[f"ratio.{JMVAE}"] = ratio(epochs, steps[JMVAE])
    # it also trains its encoders of single modalities, which here is unimodal training
    both = [1 / (1 / rate + 1 / contest.rates["stage_two"]) for rate in epochs]
    found[f"ratio.{JMVAE}.two_stages"] = ratio(both, steps[JMVAE])
    return found


def _floor(contest: Contest, preset: str, rate: float) -> dict[str, Any]:
    """Times of the products alone, microseconds per image, and what they say about a step."""
    products = contest.products[preset]
    best = fastest({f: [a[preset] for a in contest.rounds[f]] for f in FLOORS})
    total = sum(seconds for forms in best for seconds, _ in forms.values())
    count = multiply_adds(products)
    found: dict[str, Any] = {
        f"multiply_adds.{preset}": count,
        f"multiply_adds.{preset}.products": [p.share * p.multiply_adds for p in products],
        f"gflops.{preset}": gflops(count, rate),
        f"roofline.{preset}": total * rate,
        f"microseconds.{preset}.step": 1e6 / rate,
        f"microseconds.{preset}.floor": 1e6 * total,
    }
    for form in FORMS:
        times = [1e6 * forms[form][0] if form in forms else 0.0 for forms in best]
        found[f"microseconds.{preset}.{form}"] = times
    for kind in ("convolution", "transposed", "dense"):
        mine = (f for p, f in zip(products, best, strict=True) if p.kind == kind)
        seconds = sum(seconds for forms in mine for seconds, _ in forms.values())
        found[f"microseconds.{preset}.{kind}"] = 1e6 * seconds
    return found


def fastest(
    rounds: dict[str, list[list[dict[str, float]]]],
) -> list[dict[str, tuple[float, str]]]:
    """For every product and form the fastest way.

    Args:
        rounds: way -> one answer a round: a list over products of form -> seconds per image.

    Returns:
        A list over products of form -> (median over rounds, way).
    """
    best: list[dict[str, tuple[float, str]]] = []
    for answers in zip(*(zip(*r, strict=True) for r in rounds.values()), strict=True):
        # answers: for each way, this product's times in every round
        medians = {
            way: {form: float(np.median([t[form] for t in times])) for form in times[0]}
            for way, times in zip(rounds, answers, strict=True)
        }
        forms = next(iter(medians.values()))
        best.append({form: min((m[form], name) for name, m in medians.items()) for form in forms})
    return best


def parameters(contest: Contest) -> dict[str, Any]:
    """What belongs to the numbers: settings of the opponents, names and shapes of the products."""
    chosen: dict[str, Any] = {"settings": contest.settings, "products": {}}
    for preset, products in contest.products.items():
        best = fastest({f: [a[preset] for a in contest.rounds[f]] for f in FLOORS})
        chosen["products"][preset] = [
            {
                "name": product.name,
                "kind": product.kind,
                "input": list(product.input),
                "output": list(product.output),
                "fastest": {form: way for form, (_, way) in forms.items()},
            }
            for product, forms in zip(products, best, strict=True)
        ]
    return chosen
