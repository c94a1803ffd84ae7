"""The checker of shapes and types: `fplib.shapes.shaped` functions pass through it in every test.

A letter (of GLOSSARY.md) is one size throughout a call, a number itself, "..." any axes, "*batch"
the same axes, "*#batch" axes that broadcast to them. Where the annotated type is a named tuple, all
its arrays have the shape; a named tuple with annotated fields is checked field by field. Whatever
is no array is left to beartype.

jaxtyping's own checker does not fit TensorFlow: it compares the unknown size of a traced dimension
like a number, and so refuses correct graphs; it sees neither the fields of named tuples nor
`tf.Variable`; and AutoGraph, which converts it, prints a warning at each trace.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
Shape = tuple[int | None, ...]  # None: not known while a graph is traced


class ShapeError(TypeError):
    """An argument or a result that is not what its annotation says."""


def checked(function: Function) -> Function:
    """The function, checked against its annotations at every call.

    Raises:
        ShapeError: (at a call) shape, floating-point type or Python type do not fit.
    """
    import tensorflow as tf

    signature = inspect.signature(function)
    hints: dict[str, Any] = {}  # found at the first call, when every name in them is defined

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not hints:
            hints.update(typing.get_type_hints(function, include_extras=True))
        check = _Check(function.__qualname__)
        for name, value in signature.bind(*args, **kwargs).arguments.items():
            check.value(hints.get(name, Any), value, name)
        result = function(*args, **kwargs)
        check.value(hints.get("return", Any), result, "the result")
        return result

    # AutoGraph would convert the checks, and wrap their errors in its own
    return tf.autograph.experimental.do_not_convert(call)


class _Check:
    """One call: what it has shown so far about the size of each letter."""

    def __init__(self, function: str) -> None:
        self.function = function
        self.sizes: dict[str, int | None] = {}
        self.groups: dict[str, Shape] = {}

    def value(self, hint: Any, value: Any, where: str) -> None:
        """Compare a value, and all that it holds, with an annotation."""
        origin, inner = typing.get_origin(hint), typing.get_args(hint)
        if origin is Annotated:
            self.floats(hint, value, where)
        elif origin in (typing.Union, types.UnionType):  # of one annotation and None, or of types
            one = [h for h in inner if h is not type(None)]
            if len(one) > 1:
                self.plain(hint, value, where)
            elif value is not None:
                self.value(one[0], value, where)
        elif _is_named_tuple(hint) and isinstance(value, hint):
            for field, of_field in typing.get_type_hints(hint, include_extras=True).items():
                self.value(of_field, getattr(value, field), f"{where}.{field}")
        elif _is(origin, Mapping) and isinstance(value, origin):
            for key, item in value.items():
                self.value(inner[1], item, f"{where}[{key!r}]")
        elif _is(origin, Sequence) and isinstance(value, origin):
            fixed = origin is tuple and ... not in inner
            if fixed and len(value) != len(inner):
                self.fail(where, f"be {len(inner)} values", f"{len(value)}")
            for i, item in enumerate(value):
                self.value(inner[i if fixed else 0], item, f"{where}[{i}]")
        elif hint is not Any:
            self.plain(hint, value, where)

    def floats(self, hint: Any, value: Any, where: str) -> None:
        """Compare an array, or all arrays of a named tuple, with one shape."""
        kind, axes = typing.get_args(hint)
        if not _is_named_tuple(kind):
            return self.array(axes, value, where)
        self.plain(kind, value, where)
        alike = _Check(self.function)
        for field, item in zip(kind._fields, value, strict=True):
            self.array(axes, item, f"{where}.{field}")
            alike.array("*axes", item, f"{where}.{field}")

    def array(self, axes: str, value: Any, where: str) -> None:
        if not hasattr(value, "shape") or not hasattr(value, "dtype"):
            self.fail(where, "be an array or tensor", type(value).__name__)
        if not _is_floating(value.dtype):
            self.fail(where, "hold floating-point numbers", f"{value.dtype}")
        if getattr(value.shape, "rank", 0) is None:  # the number of axes is not known either
            return
        before = self.sizes | self.groups
        if not self.fits(axes.split(), tuple(value.shape)):
            names = [axis.strip("*#") for axis in axes.split()]
            known = [f"{name} = {before[name]}" for name in names if before.get(name) is not None]
            wanted = ", ".join(axes.split())
            here = f" with {', '.join(known)}" if known else ""
            self.fail(where, f"have shape ({wanted}){here}", f"{tuple(value.shape)}")

    def fits(self, axes: list[str], shape: Shape) -> bool:
        """Whether a shape fits, given the sizes known so far; remembers new ones."""
        for i, axis in enumerate(axes):
            if axis[0] in ".*":
                end = len(shape) - (len(axes) - 1 - i)
                if end < i or not self.fits_group(axis, shape[i:end]):
                    return False
                axes, shape = axes[:i] + axes[i + 1 :], shape[:i] + shape[end:]
                break
        if len(axes) != len(shape):
            return False
        for axis, size in zip(axes, shape, strict=True):
            known = int(axis) if axis.isdigit() else self.sizes.get(axis)
            if None not in (known, size) and known != size:
                return False
            self.sizes[axis] = size if known is None else known
        return True

    def fits_group(self, axis: str, shape: Shape) -> bool:
        """The same for the axes that stand behind "...", "*batch" or "*#batch"."""
        if axis == "...":
            return True
        name, broadcast = axis.strip("*#"), "#" in axis
        known = self.groups.get(name, () if broadcast else shape)
        if broadcast:
            longest = max(len(known), len(shape))
            known, shape = ((1,) * (longest - len(s)) + s for s in (known, shape))
        fit = len(known) == len(shape) and all(
            None in (a, b) or a == b or (broadcast and 1 in (a, b))
            for a, b in zip(known, shape, strict=True)
        )
        if fit:
            pairs = zip(known, shape, strict=True)
            self.groups[name] = tuple(a if b in (1, None) else b for a, b in pairs)
        return fit

    def plain(self, hint: Any, value: Any, where: str) -> None:
        """Compare a value that is no array with its type."""
        from beartype import BeartypeConf
        from beartype.door import is_bearable

        if not is_bearable(value, hint, conf=BeartypeConf(is_pep484_tower=True)):
            self.fail(where, f"be {getattr(hint, '__name__', hint)}", f"{value!r:.80}")

    def fail(self, where: str, wanted: str, received: str) -> typing.NoReturn:
        raise ShapeError(f"{self.function}: {where} must {wanted}; received {received}.")


def _is(origin: Any, kind: type) -> bool:
    return isinstance(origin, type) and issubclass(origin, kind)


def _is_named_tuple(hint: Any) -> bool:
    return _is(hint, tuple) and hasattr(hint, "_fields")


def _is_floating(dtype: Any) -> bool:
    """Whether a type of NumPy, TensorFlow or Keras holds floating-point numbers."""
    if hasattr(dtype, "is_floating"):
        return bool(dtype.is_floating)
    return getattr(dtype, "kind", None) == "f" or "float" in str(dtype)
