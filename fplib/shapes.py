"""Shapes of arguments as annotations, in the notation of jaxtyping: `Float[tf.Tensor, "N L"]`.

    from typing import Annotated as Float

Letters are those of GLOSSARY.md. A function under `shaped` is the plain function, at no cost, unless
a checker was named before this library's mathematics was imported: in all tests one is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

checker: Callable[[Any], Any] | None = None


def check_with(new: Callable[[Any], Any] | None) -> None:
    """Pass every function that is `shaped` from now on through a checker, or through none."""
    global checker
    checker = new


def shaped(function: Function) -> Function:
    """The function, or what the checker makes of it."""
    return function if checker is None else checker(function)
