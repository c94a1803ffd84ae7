"""The optimiser against an independent float64 version of it, and wrong versions against the same."""

from __future__ import annotations

import math
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from fplib.training.adam import Adam
from tests.support.models import eagerly
from tests.support.tolerances import SINGLE, assert_close

STEPS = 24
SETTINGS = {
    "plain": {"learning_rate": 0.02, "total_steps": STEPS},
    "warm-up": {"learning_rate": 0.02, "total_steps": STEPS, "warmup_steps": 6},
    "cosine": {"learning_rate": 0.02, "total_steps": STEPS, "schedule": "cosine"},
    "clip": {"learning_rate": 0.02, "total_steps": STEPS, "clip": 1.5},
    "all": {
        "learning_rate": 0.02,
        "total_steps": STEPS,
        "warmup_steps": 6,
        "schedule": "cosine",
        "clip": 1.5,
    },
}


def gradients() -> list[list[np.ndarray]]:
    """Given gradients of three variables: large and small, some steps below the clip and some
    above.

    The last variable's are as small as Adam's epsilon.
    """
    rng = np.random.default_rng(0)
    size = np.where(np.arange(STEPS) % 3, 1.0, 0.1)
    return [
        [(s * scale * rng.normal(size=shape)).astype(np.float32) for shape, scale in SHAPES]
        for s in size
    ]


SHAPES = (((3, 2), 1.0), ((4,), 0.3), ((2,), 1e-7))


def rate(step: int, *, learning_rate, total_steps, warmup_steps=0, schedule="constant") -> float:
    """Learning rate of step 1, 2, ...: the rise, then half a period of a cosine."""
    rise = step / warmup_steps if step <= warmup_steps else 1.0
    if schedule == "constant":
        return learning_rate * rise
    angle = math.pi * max(step - warmup_steps, 0) / (total_steps + 1 - warmup_steps)
    return learning_rate * rise * (1 + math.cos(angle)) / 2


def global_norm(steps: list[np.ndarray], clip: float) -> list[np.ndarray]:
    """All variables scaled by one factor."""
    norm = math.sqrt(sum(float(np.sum(g**2)) for g in steps))
    return [g * min(1.0, clip / norm) for g in steps]


def reference(
    settings: dict,
    rate: Callable = rate,
    clipped: Callable = global_norm,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    correct: bool = True,
    inside: bool = False,
) -> np.ndarray:
    """Algorithm 1 of Kingma and Ba as printed, with their efficient order of the bias correction,
    in float64.

    Returns:
        Every number of every variable after each step, (steps, numbers).
    """
    settings = dict(settings)
    clip = settings.pop("clip", None)
    x, m, v = ([np.zeros(shape) for shape, _ in SHAPES] for _ in range(3))
    path = []
    for t, step in enumerate(gradients(), start=1):
        step = [g.astype(np.float64) for g in step]
        if clip is not None:
            step = clipped(step, clip)
        size = rate(t, **settings)
        if correct:
            size *= math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        for i, g in enumerate(step):
            m[i] = beta_1 * m[i] + (1 - beta_1) * g
            v[i] = beta_2 * v[i] + (1 - beta_2) * g**2
            root = np.sqrt(v[i] + epsilon) if inside else np.sqrt(v[i]) + epsilon
            x[i] = x[i] - size * m[i] / root
        path.append(np.concatenate([a.ravel() for a in x]))
    return np.array(path)


def path_of(settings: dict, kind: Callable = tf.Variable) -> np.ndarray:
    """The same for the implementation."""
    variables = [kind(tf.zeros(shape)) for shape, _ in SHAPES]
    optimizer = Adam(variables, **settings)
    path = []
    for step in gradients():
        optimizer.apply([tf.constant(g) for g in step])
        path.append(np.concatenate([np.ravel(v.numpy()) for v in variables]))
    return np.array(path)


def assert_same_path(found: np.ndarray, expected: np.ndarray) -> None:
    """Positions in units of the learning rate, which is the size of one step of Adam."""
    assert_close(found / 0.02, expected / 0.02, SINGLE)


@pytest.mark.parametrize("name", list(SETTINGS))
def test_path_against_reference(name: str) -> None:
    with eagerly():
        assert_same_path(path_of(SETTINGS[name]), reference(SETTINGS[name]))


def test_compiled_path_against_reference() -> None:
    assert_same_path(path_of(SETTINGS["all"]), reference(SETTINGS["all"]))


MUTANTS = {
    "no bias correction": {"correct": False},
    "beta 2 of 0.99": {"beta_2": 0.99},
    "beta 1 of 0.95": {"beta_1": 0.95},
    "epsilon of 1e-8": {"epsilon": 1e-8},
    "epsilon under the root": {"inside": True},
    "each variable clipped alone": {
        "clipped": lambda steps, clip: [global_norm([g], clip)[0] for g in steps]
    },
    "each number clipped": {"clipped": lambda steps, clip: [g.clip(-clip, clip) for g in steps]},
    "always scaled to the bound": {
        "clipped": lambda steps, clip: (
            [10 * g for g in global_norm([g / 10 for g in steps], clip)]
            if math.sqrt(sum(float(np.sum(g**2)) for g in steps)) > clip
            else [g * clip / math.sqrt(sum(float(np.sum(h**2)) for h in steps)) for g in steps]
        )
    },
    "not clipped": {"clipped": lambda steps, clip: steps},
    "no warm-up": {"rate": lambda t, **s: rate(t, **s | {"warmup_steps": 0})},
    "warm-up from a rate of zero": {
        "rate": lambda t, **s: rate(t, **s) * ((t - 1) / t if t <= s["warmup_steps"] else 1)
    },
    "no decay": {"rate": lambda t, **s: rate(t, **s | {"schedule": "constant"})},
    "decay counted from the first step": {
        "rate": lambda t, **s: (
            rate(t, **s | {"schedule": "constant"}) * (1 + math.cos(math.pi * t / STEPS)) / 2
        )
    },
    "linear decay": {
        "rate": lambda t, **s: (
            rate(t, **s | {"schedule": "constant"})
            * (1 - max(t - s["warmup_steps"], 0) / (STEPS - s["warmup_steps"]))
        )
    },
    "decay to zero at the last step": {
        "rate": lambda t, **s: rate(t, **s | {"total_steps": s["total_steps"] - 1})
    },
    "rate of the step before": {"rate": lambda t, **s: rate(max(t - 1, 1), **s)},
}


@pytest.fixture(scope="module")
def right_path() -> np.ndarray:
    """What the implementation does with every setting in use."""
    with eagerly():
        return path_of(SETTINGS["all"])


@pytest.mark.parametrize("mistake", list(MUTANTS))
def test_wrong_optimiser_is_noticed(mistake: str, right_path: np.ndarray) -> None:
    with pytest.raises(AssertionError):
        assert_same_path(right_path, reference(SETTINGS["all"], **MUTANTS[mistake]))


@pytest.mark.parametrize("name", ["plain", "warm-up", "cosine", "all"])
def test_rate(name: str) -> None:
    settings = {k: v for k, v in SETTINGS[name].items() if k != "clip"}
    optimizer = Adam([tf.Variable([0.0])], **settings)
    steps = np.arange(1, STEPS + 1)
    found = [float(optimizer.rate(tf.constant(t))) for t in steps]
    assert_close(np.array(found) / 0.02, [rate(int(t), **settings) / 0.02 for t in steps], SINGLE)


def test_cosine_is_zero_after_the_last_step_and_stays_there() -> None:
    optimizer = Adam([tf.Variable([0.0])], learning_rate=1.0, total_steps=10, schedule="cosine")
    assert float(optimizer.rate(tf.constant(10))) > 0.01
    assert float(optimizer.rate(tf.constant(11))) == 0
    assert float(optimizer.rate(tf.constant(15))) == 0


def test_keras_variables() -> None:
    with eagerly():
        found = path_of(SETTINGS["plain"], keras.Variable)
    assert_same_path(found, reference(SETTINGS["plain"]))


def test_continued_from_its_state() -> None:
    """The state holds all there is: another optimiser continues to the same bits."""
    steps = [[tf.constant(g) for g in step] for step in gradients()]

    def start() -> tuple[list[tf.Variable], Adam]:
        variables = [tf.Variable(tf.zeros(shape)) for shape, _ in SHAPES]
        return variables, Adam(variables, **SETTINGS["all"])

    with eagerly():
        whole, optimizer = start()
        for step in steps:
            optimizer.apply(step)
        half, first = start()
        for step in steps[:10]:
            first.apply(step)
        rest, second = start()
        for mine, stored in zip(second.variables + rest, first.variables + half, strict=True):
            mine.assign(stored)
        for step in steps[10:]:
            second.apply(step)
    assert int(second.step) == STEPS
    for a, b in zip(whole, rest, strict=True):
        assert a.numpy().tobytes() == b.numpy().tobytes()


def test_no_gradient_no_step() -> None:
    variable = tf.Variable([1.0, 2.0])
    optimizer = Adam([variable], learning_rate=0.1, total_steps=5, clip=1.0)
    with eagerly():
        optimizer.apply([tf.zeros(2)])
    assert variable.numpy().tolist() == [1.0, 2.0]
    assert int(optimizer.step) == 1
