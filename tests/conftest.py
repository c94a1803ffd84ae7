"""Fixtures common to all tests."""

from __future__ import annotations

import os
import random
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported
os.environ.setdefault("MPLBACKEND", "agg")

import numpy as np
import pytest

from fplib import shapes
from tests.support.shapes import checked

shapes.check_with(checked)  # before the mathematics is imported

SEED = 20220203


@pytest.fixture(autouse=True)
def _seeds() -> None:
    """Give every test the same global seeds, whichever tests ran before it."""
    if "keras" in sys.modules:  # tests that need no TensorFlow do not pay for its import
        sys.modules["keras"].utils.set_random_seed(SEED)
    else:
        random.seed(SEED)


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded generator of NumPy draws."""
    return np.random.default_rng(SEED)
