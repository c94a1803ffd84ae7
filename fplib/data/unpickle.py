"""Read arrays out of a pickle without giving the pickle any power."""

from __future__ import annotations

import io
import pickle
from typing import Any, ClassVar

import numpy as np

from fplib.data.sources import SourceError

NUMBERS = ("f4", "i8", "u1")


def unpickle_arrays(content: bytes) -> Any:
    """Return the NumPy arrays of numbers, in tuples or lists, that a pickle holds.

    A pickle is a program that may call whatever it can name. This reader knows three names, all of
    them NumPy's, and looks up nothing else.

    Args:
        content: the pickle, of Python 2 or 3.

    Raises:
        SourceError: if it names anything else, or is damaged.
    """
    try:
        return _ArrayUnpickler(io.BytesIO(content), encoding="latin1").load()
    except Exception as error:  # bytes from elsewhere: whatever goes wrong is wrong with them
        raise SourceError(f"pickle refused: {error}") from error


def _dtype(name: str, align: object = False, copy: object = False) -> np.dtype:
    """Stand in for `numpy.dtype`: numbers only, never objects."""
    if name not in NUMBERS:
        raise pickle.UnpicklingError(f"it holds an array of {name!r}, expected one of {NUMBERS}")
    return np.dtype(name)


class _ArrayUnpickler(pickle.Unpickler):
    _allowed: ClassVar = {
        ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
        ("numpy._core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): _dtype,
    }

    def find_class(self, module: str, name: str) -> object:
        try:
            return self._allowed[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"it asks for {module}.{name}, which is not allowed"
            ) from None
