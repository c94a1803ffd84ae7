"""What the first page says was found, in numbers from the published records."""

from __future__ import annotations

import pandas as pd

import paperbook
from book.analysis import rivals

LATTICES = {"spread": 0.6, "scatter": 0.15, "latent_dim": 2}  # those of the paper's design


def numbers() -> dict[str, object]:
    """Words and numbers for `paperbook.glue`; a dash where no run has been published."""
    clean, noisy = (rivals.duels()[noise] for noise in ("clean", "std"))
    with_noise = rivals.ours().query("reading == 'std'")
    lattices = paperbook.published("lattice", **LATTICES)
    if "law" in lattices:  # records older than the generator's second law do not name the first
        lattices = lattices[lattices["law"].fillna("softplus") == "softplus"]
    both = "accuracy.multimodal.mean_field"
    covered = mean(paperbook.published("crossmodal"), "coverage.curve.noisy_mixture")
    return {
        "two_steps": paperbook.percent(clean.two_steps),
        "image": paperbook.percent(clean.joint),
        "seconds_two_steps": clean.two_steps_seconds,
        "seconds": clean.joint_seconds,
        "verdict": clean.verdict,
        "verdict_std": noisy.verdict,
        "two_steps_std": paperbook.percent(noisy.two_steps),
        "image_std": paperbook.percent(noisy.joint),
        "both_std": paperbook.percent(mean(with_noise, both)),
        "curve_std": paperbook.percent(mean(with_noise, "accuracy.curve")),
        "gain": points(mean(with_noise, "gain.fusion")),
        "covered": paperbook.percent(covered, 1),
        "lattice_both": paperbook.percent(mean(lattices, f"{both}.lattice"), 1),
        "lattice_image": paperbook.percent(mean(lattices, "accuracy.image.from_z.lattice"), 1),
    }


def mean(runs: pd.DataFrame, metric: str) -> float:
    """Mean of a metric over runs; nan where none has it."""
    return float(runs.get(metric, pd.Series(dtype=float)).mean())


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    if pd.isna(difference):
        return paperbook.percent(None)
    return f"{100 * difference:+.1f}".replace("-", "\N{MINUS SIGN}")
