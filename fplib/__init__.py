"""fplib: fingerprints shared by several kinds of measurement of the same specimens.

The library behind the companion book to "Unsupervised physics-informed disentanglement of
multimodal data for high-throughput scientific discovery" (Trask, Martinez, Lee, Boyce 2022).
Importing it is cheap and changes nothing: TensorFlow is loaded when a name that needs it is first
used, and set up when the first model is built (`fplib.runtime`).
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.exceptions import NotFittedError

    from fplib import (
        bayes,
        config,
        data,
        elbo,
        evaluation,
        experts,
        gaussians,
        metrics,
        mixture,
        plots,
        runtime,
        training,
    )
    from fplib.config import Curve, Image
    from fplib.model import FingerprintModel, load

__version__ = "0.1.0"

__all__ = [
    "Curve",
    "FingerprintModel",
    "Image",
    "NotFittedError",
    "bayes",
    "config",
    "data",
    "elbo",
    "evaluation",
    "experts",
    "gaussians",
    "load",
    "metrics",
    "mixture",
    "plots",
    "runtime",
    "training",
]

_HOMES = {  # of what is no module
    "Curve": "fplib.config",
    "FingerprintModel": "fplib.model",
    "Image": "fplib.config",
    "NotFittedError": "sklearn.exceptions",
    "load": "fplib.model",
}


def _backend() -> str:
    """The backend that Keras has, or will have."""
    if "keras" in sys.modules:
        return sys.modules["keras"].config.backend()
    return os.environ.setdefault("KERAS_BACKEND", "tensorflow")


if _backend() != "tensorflow":
    raise ImportError(
        f"fplib runs Keras on TensorFlow, and Keras is set to {_backend()!r} here. Set "
        "KERAS_BACKEND=tensorflow in the environment before Python starts."
    )


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'fplib' has no attribute {name!r}")
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    else:
        value = importlib.import_module(f"fplib.{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
