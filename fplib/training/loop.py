"""Adam over rows held in memory, with the loop over steps inside one graph.

Both trainings use it. Shuffling, noise and augmentation are functions of (seed, epoch, step)
alone, so a resumed run meets the same numbers as an uninterrupted one, and no step returns to
Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from fplib.config import Optimization
from fplib.runtime import devices, graph
from fplib.training.adam import Adam

CHUNK = 50  # steps between two looks at the progress line


class Descent:
    """Minimises the mean over specimens of a sum of named terms.

    Args:
        terms: (batch, seed (2,) int32) -> name -> loss per specimen, (B,); a batch has the
            structure of `data`, of some of its rows.
        names: the terms' names.
        variables: what Adam changes.
        data: nested mapping of tensors, (N, ...) each. They are arguments of the graph; what a
            graph captures, TensorFlow keeps for ever.
        config: of it, `batch_size` B (the last incomplete batch of an epoch is dropped), `shards`
            (equal parts of a batch that are computed side by side, on cores or devices, each with
            batch normalisation of its own; their gradients are averaged), `epochs` (length of the
            schedule), `learning_rate` (the peak), `schedule`, `warmup_steps` (a linear rise, at
            most a quarter of all steps), `gradient_clip` and `jit_compile` are used.
        seed: two whole numbers naming the random stream.
    """

    def __init__(
        self,
        terms: Callable[[Mapping, tf.Tensor], dict[str, tf.Tensor]],
        names: Sequence[str],
        variables: Sequence,
        data: Mapping,
        config: Optimization,
        seed: tuple[int, int],
    ) -> None:
        self.terms, self.names, self.seed = terms, list(names), seed
        self.variables, self.data = list(variables), data
        self.specimens = specimens = len(tf.nest.flatten(data)[0])
        self.shards = min(config.shards, config.batch_size, specimens)
        self.batch_size = min(config.batch_size, specimens) // self.shards * self.shards
        self.steps = specimens // self.batch_size
        given = tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), data)
        signature = [tf.TensorSpec(shape, tf.int32) for shape in ([None, self.batch_size], [], [2])]
        self._run = graph(self._steps, [*signature, given])
        signature = [tf.TensorSpec(s, tf.int32) for s in ([self.batch_size], [], [2])]
        self._one = self._step
        if config.jit_compile:
            self._one = graph(self._step, [*signature, given], True)
        total = config.epochs * self.steps
        self.optimizer = Adam(
            self.variables,
            learning_rate=config.learning_rate,
            total_steps=total,
            warmup_steps=min(config.warmup_steps, total // 4),
            schedule=config.schedule,
            clip=config.gradient_clip,
        )

    def epoch(
        self, epoch: int, progress: Callable[[int], object] | None = None
    ) -> dict[str, float]:
        """One pass over the rows in an order drawn for this epoch.

        Returns:
            Term -> mean over the epoch.

        Raises:
            FloatingPointError: a term stopped being finite; names it and the step.
        """
        order = np.random.default_rng([*self.seed, epoch]).permutation(self.specimens)
        order = (
            order[: self.steps * self.batch_size]
            .reshape(self.steps, self.batch_size)
            .astype(np.int32)
        )
        stream = np.random.default_rng([*self.seed, epoch, 1]).integers(2**31, dtype=np.int32)
        seed = tf.constant([stream, 0], tf.int32)
        total = np.zeros(len(self.names), np.float32)
        for first in range(0, self.steps, CHUNK):
            chunk = order[first : first + CHUNK]
            sums, done, last = self._run(tf.constant(chunk), tf.constant(first), seed, self.data)
            if not np.isfinite(last).all():
                name = self.names[int(np.argmin(np.isfinite(last)))]
                raise FloatingPointError(
                    f"Term {name!r} became {last.numpy()[self.names.index(name)]} in epoch {epoch + 1}, "
                    f"step {first + int(done) + 1} of {self.steps}. Lower learning_rate, set gradient_clip, or bound "
                    "the log-variance head (architecture.log_variance_bound)."
                )
            total = total + sums.numpy()
            if progress:
                progress(chunk.size)
        return dict(zip(self.names, (total / self.steps).tolist(), strict=True))

    def state(self, name: str = "joint") -> dict[str, np.ndarray]:
        """Optimiser state for a checkpoint, under the name of what is trained."""
        variables = enumerate(self.optimizer.variables)
        return {f"optimizer/{name}/{i}": v.numpy() for i, v in variables}

    def restore(self, arrays: Mapping[str, np.ndarray], name: str = "joint") -> None:
        """Put `state` back."""
        for i, variable in enumerate(self.optimizer.variables):
            variable.assign(arrays[f"optimizer/{name}/{i}"])

    def _steps(
        self, order: tf.Tensor, first: tf.Tensor, seed: tf.Tensor, data: Mapping
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Steps over the rows of `order`, (steps, B); stops early when a term is not finite."""
        last = tf.zeros([len(self.names)])
        sums, done = last, 0
        for i in tf.range(tf.shape(order)[0]):
            last = self._one(order[i], first + i, seed, data)
            sums += last
            done = i
            if not tf.reduce_all(tf.math.is_finite(last)):
                break
        return sums, done, last

    def _step(
        self, rows: tf.Tensor, number: tf.Tensor, seed: tf.Tensor, data: Mapping
    ) -> tf.Tensor:
        """One Adam step; returns the batch mean of every term, (K,)."""
        shards, places = [], devices()
        for i, part in enumerate(tf.split(rows, self.shards)):
            with tf.device(places[i % len(places)]):
                batch = tf.nest.map_structure(lambda x, part=part: tf.gather(x, part), data)
                own = seed + tf.stack([0, number * self.shards + i])
                shards.append(self._gradients(batch, own))
        means, gradients = zip(*shards, strict=True)
        self.optimizer.apply([tf.add_n(of_one) for of_one in zip(*gradients, strict=True)])
        return tf.add_n(means)

    def _gradients(self, batch: Mapping, seed: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """A shard's part of the batch means, (K,), and of their sum's gradients."""
        with tf.GradientTape() as tape:
            terms = self.terms(batch, seed)
            means = tf.stack([tf.reduce_mean(terms[name]) for name in self.names]) / self.shards
            loss = tf.reduce_sum(means)
        # a variable that a term does not reach (an encoder with every specimen masked) has no
        # gradient
        return means, tape.gradient(
            loss, self.variables, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )


def progress_bar(label: str, descent: Descent, epochs: int, show: bool | None) -> tqdm:
    """A bar over the specimens of some epochs; with `show` None it is seen on terminals only."""
    total = epochs * descent.steps * descent.batch_size
    disable = None if show is None else not show
    return tqdm(desc=label, total=total, unit=" specimens", disable=disable)
