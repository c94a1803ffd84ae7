"""Adam with warm-up, cosine decay and gradient clipping, fused into one compiled update.

Operation by operation, an update runs through every parameter about ten times. Compiled as a whole
by XLA, it reads and writes each of them once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import tensorflow as tf

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7


class Adam:
    """The optimiser of Kingma and Ba, with the state as plain variables.

    Args:
        variables: what is optimised, float32.
        learning_rate: peak rate.
        total_steps: length of the schedule.
        warmup_steps: linear rise from zero, before the decay.
        schedule: "constant" or "cosine" (to zero at `total_steps`).
        clip: bound on the global gradient norm, or None.

    Reference: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    """

    def __init__(
        self,
        variables: Sequence[tf.Variable],
        *,
        learning_rate: float,
        total_steps: int,
        warmup_steps: int = 0,
        schedule: str = "constant",
        clip: float | None = None,
    ) -> None:
        self.targets = [
            v if isinstance(v, tf.Variable) else v.value for v in variables
        ]  # Keras wraps its own
        self.learning_rate, self.schedule, self.clip = learning_rate, schedule, clip
        self.total_steps, self.warmup_steps = total_steps, warmup_steps
        self.step = tf.Variable(0, dtype=tf.int32)
        self.first = [tf.Variable(tf.zeros_like(v)) for v in self.targets]
        self.second = [tf.Variable(tf.zeros_like(v)) for v in self.targets]

    @property
    def variables(self) -> list[tf.Variable]:
        """The state: step, then both moment estimates; what a checkpoint must hold."""
        return [self.step, *self.first, *self.second]

    def rate(self, step: tf.Tensor) -> tf.Tensor:
        """Learning rate of a step counted from one."""
        step = tf.cast(step, tf.float32)
        rise = tf.minimum(1.0, step / max(self.warmup_steps, 1))
        if self.schedule == "constant":
            return self.learning_rate * rise
        done = (step - self.warmup_steps) / max(self.total_steps - self.warmup_steps, 1)
        return (
            self.learning_rate
            * rise
            * 0.5
            * (1 + tf.cos(math.pi * tf.clip_by_value(done, 0.0, 1.0)))
        )

    @tf.function(jit_compile=True, autograph=False)
    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """One update; gradients in the order of the variables."""
        step = self.step.assign_add(1)
        if self.clip is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self.clip)
        t = tf.cast(step, tf.float32)
        rate = self.rate(step) * tf.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
        for variable, first, second, gradient in zip(
            self.targets, self.first, self.second, gradients, strict=True
        ):
            m = BETA_1 * first + (1 - BETA_1) * gradient
            v = BETA_2 * second + (1 - BETA_2) * tf.square(gradient)
            first.assign(m)
            second.assign(v)
            variable.assign_sub(rate * m / (tf.sqrt(v) + EPSILON))
