"""Adam with warm-up, cosine decay and gradient clipping, on TensorFlow's fused kernel.

The kernel reads and writes each parameter and its two moment estimates once, on all cores or on the
GPU. Operation by operation an update runs through them about ten times.
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
        schedule: "constant" or "cosine" (to zero after `total_steps`).
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
        # the step after the last would have rate zero: every step counts
        done = (step - self.warmup_steps) / max(self.total_steps + 1 - self.warmup_steps, 1)
        fall = 0.5 * (1 + tf.cos(math.pi * tf.clip_by_value(done, 0.0, 1.0)))
        return self.learning_rate * rise * fall

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """One update; gradients in the order of the variables."""
        step = self.step.assign_add(1)
        if self.clip is not None:
            norm = tf.sqrt(2 * tf.add_n([tf.nn.l2_loss(g) for g in gradients]))
            # a norm that is not finite makes every gradient NaN, and the loss says so
            shrink = self.clip / tf.maximum(norm, self.clip)
            gradients = [g * shrink for g in gradients]
        t = tf.cast(step, tf.float32)
        numbers = {"beta1": BETA_1, "beta2": BETA_2, "epsilon": EPSILON, "lr": self.rate(step)}
        numbers |= {"beta1_power": BETA_1**t, "beta2_power": BETA_2**t}
        for variable, first, second, gradient in zip(
            self.targets, self.first, self.second, gradients, strict=True
        ):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.handle, m=first.handle, v=second.handle, grad=gradient, **numbers
            )
