"""Annotations that run: what they refuse, what they let pass, and that users do not pay for them."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated as Float
from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from fplib import elbo, gaussians, mixture, shapes
from fplib.core import Core
from fplib.experts import base as experts
from fplib.gaussians import DiagonalGaussian
from fplib.mixture import Moments
from fplib.shapes import shaped
from tests.support.problems import problem
from tests.support.shapes import ShapeError

ROOT = Path(__file__).parents[2]


class Line(NamedTuple):
    """A named tuple whose fields share a letter."""

    t: Float[tf.Tensor, "T"]
    curves: Float[tf.Tensor, "C T"]


@shaped
def pair(x: Float[tf.Tensor, "N L"], y: Float[tf.Tensor, "C L"]) -> Float[tf.Tensor, "N C"]:
    return tf.matmul(x, y, transpose_b=True)


@shaped
def same(x: Float[tf.Tensor, "*batch L"], y: Float[tf.Tensor, "*batch L"]) -> None: ...


@shaped
def broadcast(
    x: Float[tf.Tensor, "*#batch L"], y: Float[tf.Tensor, "*#batch L"]
) -> Float[tf.Tensor, "*batch"]:
    return tf.reduce_sum(x * y, axis=-1)


@shaped
def fixed(x: Float[tf.Tensor, "N 2"]) -> Float[tf.Tensor, "N"]:
    return tf.reduce_sum(x)  # a mistake: the result has no axis


@shaped
def nested(
    line: Line | None = None,
    table: Mapping[str, tuple[Float[tf.Tensor, "N ..."], int]] | None = None,
    queue: Sequence[Float[DiagonalGaussian, "N L"]] = (),
    share: float = 0.5,
    word: str | int = "",
) -> None: ...


def ones(*shape: int) -> tf.Tensor:
    return tf.ones(shape)


def normal(*shape: int) -> DiagonalGaussian:
    return DiagonalGaussian(ones(*shape), ones(*shape))


RIGHT: dict[str, Callable] = {
    "tensors": lambda: pair(ones(3, 2), ones(4, 2)),
    "empty batch": lambda: pair(ones(0, 2), ones(4, 2)),
    "tf.Variable": lambda: pair(tf.Variable(ones(3, 2)), ones(4, 2)),
    "keras.Variable": lambda: same(keras.Variable(ones(3, 2)), ones(3, 2)),
    "NumPy": lambda: pair(np.ones((3, 2), np.float32), ones(4, 2)),
    "bfloat16": lambda: pair(tf.ones([3, 2], tf.bfloat16), tf.ones([4, 2], tf.bfloat16)),
    "same axes": lambda: same(ones(5, 3, 2), ones(5, 3, 2)),
    "axes that broadcast": lambda: broadcast(ones(5, 1, 2), ones(3, 2)),
    "no axes to broadcast": lambda: broadcast(ones(2), ones(3, 2)),
    "named tuple": lambda: nested(line=Line(ones(7), ones(4, 7))),
    "any axes": lambda: nested(table={"a": (ones(3), 1), "b": (ones(3, 2, 2), 1)}),
    "sequence": lambda: nested(queue=[normal(3, 2), normal(3, 2)]),
    "whole number as a number": lambda: nested(share=1),
}
WRONG: dict[str, tuple[str, Callable]] = {
    "letter": (
        r"pair: y must have shape \(C, L\) with L = 2; received \(4, 3\)",
        lambda: pair(ones(3, 2), ones(4, 3)),
    ),
    "number of axes": (r"x must have shape \(N, L\); received \(3,\)", lambda: pair(ones(3), 1)),
    "integers": ("x must hold floating-point", lambda: pair(tf.ones([3, 2], tf.int32), 1)),
    "list": ("x must be an array or tensor; received list", lambda: pair([[1.0]], 1)),
    "same axes": (
        r"y must have shape \(\*batch, L\) with batch = \(3,\), L = 2; received \(1, 2\)",
        lambda: same(ones(3, 2), ones(1, 2)),
    ),
    "too few axes": (r"\(\*batch, L\); received \(\)", lambda: same(ones(), ones())),
    "axes that do not broadcast": ("received", lambda: broadcast(ones(4, 2), ones(3, 2))),
    "number": (r"x must have shape \(N, 2\); received", lambda: fixed(ones(3, 3))),
    "result": (r"the result must have shape \(N\) with N = 3", lambda: fixed(ones(3, 2))),
    "field": (r"line\.curves must .* T = 7; rec", lambda: nested(Line(ones(7), ones(4, 6)))),
    "fields of one shape": (
        r"queue\[1\]\.log_variance",
        lambda: nested(queue=[normal(3, 2), DiagonalGaussian(ones(3, 2), ones(1, 2))]),
    ),
    "last of a sequence": (
        r"queue\[2\]",
        lambda: nested(queue=[normal(3, 2)] * 2 + [normal(4, 2)]),
    ),
    "last of a mapping": (
        r"table\['b'\]\[0\]",
        lambda: nested(table={"a": (ones(3), 1), "b": (ones(4, 2), 1)}),
    ),
    "number of values": (r"table\['a'\] must be 2", lambda: nested(table={"a": (ones(3),)})),
    "kind in a tuple": (r"table\['a'\]\[1\]", lambda: nested(table={"a": (ones(3), "1")})),
    "kind": ("share must be float; received 'half'", lambda: nested(share="half")),
    "kinds": ("word must be", lambda: nested(word=0.5)),
    "named tuple": ("line must be Line", lambda: nested(line=(ones(7), ones(4, 7)))),
}


@pytest.mark.parametrize("case", RIGHT)
def test_lets_pass(case: str) -> None:
    RIGHT[case]()


@pytest.mark.parametrize("case", WRONG)
def test_refuses(case: str) -> None:
    message, call = WRONG[case]
    with pytest.raises(ShapeError, match=message):
        call()


@pytest.mark.parametrize("x", [[None, 2], [3, None], [None, None], None])
@pytest.mark.parametrize("y", [[4, 2], [None, 2], [4, None], None])
def test_unknown_sizes_of_a_graph_pass(x: list | None, y: list | None) -> None:
    """What jaxtyping refuses: sizes that are not known while a graph is traced, mixed with others."""
    graph = tf.function(pair, input_signature=[tf.TensorSpec(x), tf.TensorSpec(y)])
    assert graph(ones(3, 2), ones(4, 2)).shape == (3, 4)


@pytest.mark.parametrize(("x", "y"), [([None, 2], [None, 3]), ([None, 2], [None]), ([3], None)])
def test_known_sizes_of_a_graph_are_compared(x: list, y: list | None) -> None:
    graph = tf.function(pair, input_signature=[tf.TensorSpec(x), tf.TensorSpec(y)])
    with pytest.raises(ShapeError):
        graph.get_concrete_function()


@pytest.mark.parametrize("axes", ["N", "*batch", "*#batch"])
def test_a_size_learned_late_counts(axes: str) -> None:
    """An unknown size is no wildcard for the rest of the call."""

    def three(x, y, z): ...

    three.__annotations__ = dict.fromkeys("xyz", Float[tf.Tensor, axes])
    sizes = tf.TensorSpec([None]), tf.TensorSpec([3]), tf.TensorSpec([4])
    with pytest.raises(ShapeError, match="z must have shape"):
        tf.function(shaped(three)).get_concrete_function(*sizes)


def functions(module: ModuleType) -> list[Callable]:
    """What a module defines."""
    found = [f for f in vars(module).values() if inspect.isfunction(f)]
    return [f for f in found if f.__module__ == module.__name__]


FUNCTIONS = [
    *(f for module in (gaussians, mixture, elbo) for f in functions(module)),
    *(experts.log_likelihood, experts.weighted_least_squares),
    *(experts.noise_variance, experts.mixture_moments),
    *(Moments.zeros, Moments.of, Moments.merge),
    *(Core.encode, Core.fused_posterior, Core.log_assignment, Core.terms),
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__qualname__)
def test_the_mathematics_is_checked(function: Callable) -> None:
    assert hasattr(function, "__wrapped__")
    for name, parameter in inspect.signature(function).parameters.items():
        assert name == "self" or parameter.annotation is not parameter.empty
    assert inspect.signature(function).return_annotation is not inspect.Signature.empty


def test_wrong_shapes_of_the_mathematics_raise() -> None:
    p = problem().tensors()
    posterior, prior = p.posterior, p.mixture
    short = prior._replace(log_weights=prior.log_weights[:3])
    half = DiagonalGaussian(*(a[:2] for a in posterior))
    with pytest.raises(ShapeError, match="log_responsibilities: mixture.means .* L = 2"):
        mixture.log_responsibilities(posterior.mean[:, :2], prior)
    with pytest.raises(ShapeError, match=r"mixture.means must .* C = 3, L = 3; received \(4, 3\)"):
        mixture.log_responsibilities(posterior.mean, short)
    with pytest.raises(ShapeError, match=r"product_of_experts: experts\[1\].mean"):
        gaussians.product_of_experts([posterior, half])
    with pytest.raises(ShapeError, match="decoded must have shape"):
        elbo.black_box_log_likelihood(ones(3, 28, 28), ones(3, 28, 1))
    with pytest.raises(ShapeError, match=r"log_variance must have shape \(C"):
        experts.log_likelihood(ones(3, 7), ones(4, 7), ones(3))
    with pytest.raises(ShapeError, match=r"merge: other.mean must have shape \(C, K\)"):
        Moments.zeros(4, 3).merge(Moments.zeros(4, 2))


OFF = """
import inspect, sys
from fplib import elbo, experts, gaussians, mixture, shapes
def plain(module):
    found = [f for f in vars(module).values() if inspect.isfunction(f)]
    assert found
    return not any(hasattr(f, "__wrapped__") for f in found)
print(shapes.checker is not None, plain(gaussians), plain(mixture), plain(elbo), plain(experts),
      "beartype" in sys.modules, "jaxtyping" in sys.modules, shapes.shaped(plain) is plain)
"""


def off(code: str) -> str:
    """Standard output of a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_checks_are_off_unless_asked_for() -> None:
    """Training and users run the plain functions, and beartype is not even imported."""
    assert off(OFF) == "False True True True True False False True"
    assert off(f"import tests.conftest\n{OFF}") == "True False False False False False False False"


def test_checks_are_on_here() -> None:
    assert shapes.checker is not None
