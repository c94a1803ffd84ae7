"""The loop over Adam steps: which rows it visits, what it reports, how it stops and continues."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import tensorflow as tf

from fplib.training.loop import CHUNK
from tests.support.fits import ROWS as N
from tests.support.fits import Recorder, descent
from tests.support.models import eagerly
from tests.support.tolerances import SINGLE, assert_close


def recorded(epochs: int = 1, **changes: object) -> Recorder:
    """What was visited in the first epochs."""
    recorder = Recorder()
    with eagerly():
        loop = descent(recorder, [recorder.variable], **changes)
        for epoch in range(epochs):
            loop.epoch(epoch)
    return recorder


def flat(batches: list[list[int]]) -> list[int]:
    return [row for batch in batches for row in batch]


def test_every_row_at_most_once_an_epoch() -> None:
    rows = recorded().rows
    assert [len(batch) for batch in rows] == [5, 5, 5, 5]  # the incomplete fifth is dropped
    visited = flat(rows)
    assert len(set(visited)) == 20
    assert set(visited) <= set(range(N))


def test_rows_are_shuffled_anew_by_epoch_and_seed() -> None:
    many = recorded(epochs=6).rows
    first, second = many[:4], many[4:8]
    assert first == recorded().rows
    assert first != second
    assert first != recorded(seed=(8, 11)).rows
    assert first != recorded(seed=(7, 12)).rows
    assert flat(first) != sorted(flat(first))
    assert set(flat(many)) == set(range(N))  # nobody is left out for ever


def test_every_step_has_its_own_seed() -> None:
    seeds = recorded(epochs=3).seeds
    assert len(set(seeds)) == len(seeds) == 12
    assert seeds[:4] == recorded().seeds
    assert not set(seeds) & set(recorded(epochs=3, seed=(8, 11)).seeds)


def test_an_epoch_depends_on_its_number_and_not_on_the_ones_before() -> None:
    """What a resumed run relies on."""
    recorder = Recorder()
    with eagerly():
        descent(recorder, [recorder.variable]).epoch(1)
    both = recorded(epochs=2)
    assert recorder.rows == both.rows[4:]
    assert recorder.seeds == both.seeds[4:]


def test_a_batch_is_no_larger_than_the_data() -> None:
    recorder = recorded(batch_size=1000)
    assert [sorted(batch) for batch in recorder.rows] == [list(range(N))]


def test_the_mean_of_each_term_is_reported() -> None:
    recorder = Recorder()
    with eagerly():
        found = descent(recorder, [recorder.variable], learning_rate=1e-9).epoch(0)
    rows = np.array(recorder.rows)
    assert list(found) == ["first", "second", "step"]
    assert_close(found["first"], np.mean(rows**2), SINGLE)
    assert_close(found["second"], np.mean(rows), SINGLE)
    assert found["step"] == 1.5


def test_steps_are_counted_across_chunks_when_compiled() -> None:
    """Two full chunks and a shorter one: nothing is skipped or repeated, and all progress is reported."""
    steps = 2 * CHUNK + 3
    recorder, done = Recorder(), []
    loop = descent(recorder, [recorder.variable], specimens=2 * steps, batch_size=2)
    found = loop.epoch(0, done.append)
    assert_close(found["step"], (steps - 1) / 2, SINGLE)
    assert done == [2 * CHUNK, 2 * CHUNK, 6]
    assert int(loop.optimizer.step) == steps


def test_the_data_are_let_go() -> None:
    """What a graph captures, TensorFlow keeps: a second model would find the first one's data in memory."""
    rows = 1234

    def kept() -> list:
        gc.collect()
        return [
            x for x in gc.get_objects() if type(x).__name__ == "EagerTensor" and x.shape == [rows]
        ]

    recorder = Recorder()
    loop = descent(recorder, [recorder.variable], specimens=rows)
    loop.epoch(0)
    assert len(kept()) == 1
    del loop
    assert not kept()


def test_minimises_the_mean_loss() -> None:
    recorder = Recorder()
    with eagerly():
        loop = descent(recorder, [recorder.variable], batch_size=N, epochs=60, learning_rate=1.0)
        losses = [loop.epoch(epoch)["first"] for epoch in range(60)]
    least = np.var(np.arange(N))
    assert losses[0] > 3 * least
    assert losses[-1] == pytest.approx(least, rel=0.01)  # sixty steps come that near


def test_continued_from_its_state() -> None:
    whole, parts = Recorder(), Recorder()
    with eagerly():
        loop = descent(whole, [whole.variable])
        for epoch in range(3):
            loop.epoch(epoch)
        first = descent(parts, [parts.variable])
        first.epoch(0)
        second = descent(parts, [parts.variable])
        second.restore(first.state())
        second.epoch(1)
        second.epoch(2)
        forgetful = Recorder()
        descent(forgetful, [forgetful.variable]).epoch(0)
        loop = descent(forgetful, [forgetful.variable])
        loop.epoch(1)
        loop.epoch(2)
    assert parts.variable.numpy().tobytes() == whole.variable.numpy().tobytes()
    assert forgetful.variable.numpy().tobytes() != whole.variable.numpy().tobytes()


def test_warm_up_takes_at_most_a_quarter() -> None:
    recorder = Recorder()
    assert descent(recorder, [recorder.variable]).optimizer.warmup_steps == 2
    assert descent(recorder, [recorder.variable], warmup_steps=100).optimizer.warmup_steps == 3


def test_a_variable_that_no_term_reaches_stays() -> None:
    recorder, idle = Recorder(), tf.Variable([5.0])
    with eagerly():
        descent(recorder, [recorder.variable, idle]).epoch(0)
    assert idle.numpy() == 5.0
    assert recorder.variable.numpy().all()


@pytest.mark.parametrize("compiled", [True, False])
def test_stops_at_the_first_term_that_is_not_finite(compiled: bool) -> None:
    variable = tf.Variable(1.0)

    def terms(batch: dict, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        bad = tf.cast(seed[1] >= 2, tf.float32)
        x = variable * tf.ones([5])
        return {"good": tf.square(x), "worse": x / (1 - bad), "after": x / (1 - bad)}

    loop = descent(terms, [variable], ["good", "worse", "after"])
    message = r"Term 'worse' became inf in epoch 2, step 3 of 4\. Lower learning_rate, set gradi"
    if compiled:
        with pytest.raises(FloatingPointError, match=message):
            loop.epoch(1)
    else:
        with eagerly(), pytest.raises(FloatingPointError, match=message):
            loop.epoch(1)
    assert int(loop.optimizer.step) == 3  # the fourth step was not taken


def test_gradients_are_clipped() -> None:
    def moved(clip: float | None) -> float:
        variable = tf.Variable(0.0)

        def terms(batch: dict, seed: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"x": variable * tf.cast(1 + 99 * tf.cast(seed[1] == 0, tf.int32), tf.float32)}

        with eagerly():
            loop = descent(terms, [variable], ["x"], gradient_clip=clip, schedule="constant")
            loop.epoch(0)
        return float(variable)

    # clipped, all gradients are alike and every step has the full rate
    assert moved(1.0) == pytest.approx(-(0.05 + 0.1 + 0.1 + 0.1), rel=1e-4)
    assert abs(moved(None)) < 0.95 * abs(moved(1.0))
