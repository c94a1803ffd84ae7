"""Checks of single values, each with an error that names the argument, what was expected and what was received."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any


def natural(name: str, value: Any, least: int = 1) -> int:
    """A whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; received {value!r}.")
    return int(value)


def positive(name: str, value: Any, zero: bool = False) -> float:
    """A finite number above zero (or zero itself when allowed)."""
    good = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if not good or value < 0 or (value == 0 and not zero):
        raise ValueError(
            f"{name} must be a finite number {'of at least' if zero else 'above'} 0; received {value!r}."
        )
    return float(value)


def fraction(name: str, value: Any) -> float:
    """A number in [0, 1]."""
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ValueError(f"{name} must lie in [0, 1]; received {value!r}.")
    return float(value)


def choice(name: str, value: Any, options: Sequence[Any]) -> Any:
    """One of a few values."""
    if value not in options:
        raise ValueError(
            f"{name} must be one of {', '.join(map(repr, options))}; received {value!r}."
        )
    return value


def word(name: str, value: Any) -> str:
    """A name of letters, digits and underscores, as files and records can carry it."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]\w*", value, re.ASCII):
        raise ValueError(
            f"{name} must be letters, digits and underscores, a letter first; received {value!r}."
        )
    return value


def sequence(name: str, value: Any) -> tuple:
    """A tuple of what was given as a list, tuple or array."""
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise ValueError(f"{name} must be a tuple of whole numbers; received {value!r}.")
    return tuple(value)
