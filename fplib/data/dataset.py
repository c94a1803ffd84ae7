"""What a data source hands over: modalities by name, with labels kept out of reach of training.

A `Split` is a mapping from modality names to arrays and nothing else, so whatever iterates over it
cannot meet the labels by accident. They are an attribute, for scoring alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


class Split(Mapping[str, np.ndarray]):
    """Hold the specimens of one split: a mapping from modality name to array, labels beside it.

    Args:
        modalities: name -> (N, ...) array; the first axis counts specimens, in one order.
        ids: (N,) unique name or number of each specimen; 0 … N-1 if left out.
        labels: (N,) integer class of each specimen, or None if unknown; not in the mapping.

    Raises:
        ValueError: if there is no modality, if lengths differ, or if an id occurs twice.
    """

    def __init__(
        self,
        modalities: Mapping[str, Any],
        *,
        ids: Any | None = None,
        labels: Any | None = None,
    ) -> None:
        self._modalities = {name: _array(values) for name, values in modalities.items()}
        if not self._modalities:
            raise ValueError(
                "modalities: expected at least one named array, received none; "
                "pass {'image': array}."
            )
        shapes = {name: array.shape for name, array in self._modalities.items()}
        lengths = {name: (shape[0] if shape else None) for name, shape in shapes.items()}
        if len(set(lengths.values())) > 1 or None in lengths.values():
            raise ValueError(
                "modalities: expected arrays with the same number of specimens along the first "
                f"axis, received {lengths}; drop the specimens that lack a measurement first."
            )
        n = next(iter(shapes.values()))[0]
        self.ids = np.arange(n) if ids is None else np.asarray(ids)
        self.labels = None if labels is None else np.asarray(labels, dtype=np.int64)
        for name, values in (("ids", self.ids), ("labels", self.labels)):
            if values is not None and values.shape != (n,):
                raise ValueError(
                    f"{name}: expected shape ({n},), one for each specimen, received "
                    f"{values.shape}; pass them in the order of the arrays."
                )
        if np.unique(self.ids).size != n:
            raise ValueError(
                f"ids: expected {n} different ids, received {np.unique(self.ids).size}; a repeated "
                "specimen could stand in two splits at once, so name each one differently."
            )

    @property
    def n(self) -> int:
        """Number of specimens N (`len` counts modalities, as for any mapping)."""
        return len(self.ids)

    def take(self, indices: Any) -> Split:
        """Return the specimens at `indices`: integers, a boolean mask or a slice."""
        if not isinstance(indices, slice):
            indices = np.atleast_1d(np.asarray(indices))
            indices = indices if indices.size else indices.astype(np.intp)
        return Split(
            {name: values[indices] for name, values in self._modalities.items()},
            ids=self.ids[indices],
            labels=None if self.labels is None else self.labels[indices],
        )

    def without_labels(self) -> Split:
        """Return the same specimens with the labels gone, not just out of the way."""
        return Split(self._modalities, ids=self.ids)

    def __getitem__(self, name: str) -> np.ndarray:
        try:
            return self._modalities[name]
        except KeyError:
            raise KeyError(
                f"no modality {name!r} here; there is {', '.join(map(repr, self))}"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._modalities)

    def __len__(self) -> int:
        return len(self._modalities)

    def __repr__(self) -> str:
        shapes = ", ".join(
            f"{name} {values.shape[1:]}" for name, values in self._modalities.items()
        )
        labels = "absent" if self.labels is None else "kept apart"
        return f"Split({self.n} specimens: {shapes}; labels {labels})"


@dataclass(frozen=True)
class Dataset:
    """Hold a data set split by specimen, with what is needed to say where it came from.

    Args:
        name: short name, such as "mnist".
        train: specimens to fit on.
        validation: specimens to choose a model with.
        test: specimens to report on.
        t: (T,) grid of the curves, in the unit of their abscissa; None without curves.
        synthetic: names of the modalities that were computed, not measured.
        hashes: file -> sha256 of the source bytes.
        info: what else a record should keep: noise, seed, source.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    t: np.ndarray | None = None
    synthetic: tuple[str, ...] = ()
    hashes: dict[str, str] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        sizes = "/".join(str(split.n) for split in (self.train, self.validation, self.test))
        names = [f"{n} (synthetic)" if n in self.synthetic else n for n in self.train]
        return f"Dataset({self.name!r}: {sizes} specimens; {', '.join(names)})"


def _array(values: Any) -> np.ndarray:
    """An array; a mask that hides something stays, for the model to refuse it by name."""
    found = np.ma.asanyarray(values)
    hidden = found.dtype.kind != "V" and np.ma.is_masked(found)
    return found if hidden else np.asarray(values)
