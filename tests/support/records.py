"""A record to test with."""

import hashlib
from typing import Any

from paperbook import records

DIGEST = hashlib.sha256(b"data").hexdigest()


def make(seed: int = 0, **changes: Any) -> dict[str, Any]:
    """A record of one seed, with changes."""
    given = {
        "profile": "quick",
        "parameters": {
            "seed": seed,
            "noise_std": 0.01,
            "preset": "fast",
            "latent": [1, 2],
            "cap": None,
        },
        "metrics": {
            "accuracy.multimodal.mean_field": 1.0,
            "accuracy.image": 0.97 + seed / 1000,
            "nmi.multimodal": 1.0,
            "ari.multimodal": -0.1,
            "elbo.validation": -712.5,
            "occupancy.multimodal": [0.25, 0.75],
            "confusion.multimodal": [[5, 0], [1, 4]],
        },
        "seconds": {"stage_one": 12.5, "stage_two": 3.0},
        "data": {"mnist": DIGEST},
    } | changes
    return records.new("mnist_clean", code_key=DIGEST, packages={"numpy": "2.0"}, **given)
