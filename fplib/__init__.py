"""fplib: fingerprints shared by several kinds of measurement of the same specimens.

The library behind the companion book to "Unsupervised physics-informed disentanglement of
multimodal data for high-throughput scientific discovery" (Trask, Martinez, Lee, Boyce 2022).
Importing it is cheap: TensorFlow is loaded when a name that needs it is first used.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

__version__ = "0.1.0"

os.environ.setdefault(
    "TF_CPP_MIN_LOG_LEVEL", "2"
)  # TensorFlow's start-up banner says nothing a user can act on
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

_NAMES = {
    "Curve": "config",
    "FingerprintModel": "model",
    "Image": "config",
    "load": "model",
}
_MODULES = (
    "baselines",
    "compression",
    "config",
    "crossmodal",
    "data",
    "elbo",
    "em",
    "experts",
    "gaussians",
    "initialization",
    "intervals",
    "judge",
    "metrics",
    "mixture",
    "ordering",
    "periphery",
    "plots",
    "predictive",
    "records",
    "resume",
    "selection",
    "training",
    "votes",
)
__all__ = sorted([*_NAMES, *_MODULES])


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(importlib.import_module(f"fplib.{_NAMES[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"fplib.{name}")
    else:
        raise AttributeError(f"module 'fplib' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
