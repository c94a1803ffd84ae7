"""How steps are run must not change what they compute: shards, XLA, precision, devices, threads."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

import fplib as fp
from fplib import runtime
from fplib.training import joint as training
from tests.support.fits import Recorder, descent
from tests.support.models import ARCHITECTURE, BOTH, PRESET, TRAINING, eagerly, specimens
from tests.support.processes import run
from tests.support.tolerances import SINGLE, assert_close

DATA = specimens(80)


def first_epoch(architecture: fp.config.Architecture = ARCHITECTURE, **options: object):
    """A model after one epoch, and its history's row."""
    model = fp.FingerprintModel(
        BOTH, clusters=3, latent_dim=2, preset=PRESET, architecture=architecture, seed=1
    )
    (row,) = model.fit(DATA, epochs=1, **options)
    return model, row


def path(shards: int) -> list[np.ndarray]:
    """The variable after each of three epochs of a loss without batch statistics."""
    recorder = Recorder()
    with eagerly():
        loop = descent(recorder, [recorder.variable], batch_size=6, shards=shards)
        return [(loop.epoch(e), recorder.variable.numpy().copy())[1] for e in range(3)]


def test_shards_average_to_the_whole_batch() -> None:
    assert_close(np.array(path(3)), np.array(path(1)), SINGLE)
    assert not np.allclose(path(1)[0], path(1)[2])


def test_shards_have_their_own_noise_and_share_the_rows() -> None:
    recorder = Recorder()
    with eagerly():
        descent(recorder, [recorder.variable], batch_size=6, shards=2).epoch(0)
    assert [len(rows) for rows in recorder.rows] == [3] * 6
    assert len({row for rows in recorder.rows for row in rows}) == 18
    assert len(set(recorder.seeds)) == 6


def test_a_batch_is_a_whole_number_of_shards() -> None:
    recorder = Recorder()
    loop = descent(recorder, [recorder.variable], batch_size=7, shards=3)
    assert (loop.batch_size, loop.steps) == (6, 3)
    loop = descent(recorder, [recorder.variable], specimens=2, batch_size=7, shards=3)
    assert (loop.shards, loop.batch_size, loop.steps) == (2, 2, 1)


def test_xla_computes_the_same_terms_and_gradients() -> None:
    model, _ = first_epoch()
    state = model.state()
    batch = {n: tf.constant(DATA[n][:8]) for n in model.modalities}
    noise = tf.random.stateless_normal([8, 2], [0, 1])
    variables = [w.value for n in model.encoders.values() for w in n.trainable_variables]

    def step():
        with tf.GradientTape() as tape:
            terms = model.terms(batch, noise, "mean_field", n_unimodal=2, training=True)
            loss = tf.add_n([tf.reduce_mean(term) for term in terms.values()])
        return terms, tape.gradient(loss, variables)

    found = []
    for jit_compile in (False, True):
        model.restore(state)
        found.append(tf.nest.flatten(tf.function(step, jit_compile=jit_compile)()))
    for plain, compiled in zip(*found, strict=True):
        assert_close(compiled, plain.numpy(), 1e-4)


def test_xla_trains() -> None:
    """Other draws from the same seed, the same course."""
    (_, row), (_, other) = (first_epoch(jit_compile=j, modality_dropout=0.0) for j in (False, True))
    for name in (n for n in row if n.startswith("term.")):
        assert other[name] == pytest.approx(row[name], rel=0.02, abs=0.02), name


def test_half_precision_is_close_and_stays_inside_the_networks() -> None:
    half = dataclasses.replace(ARCHITECTURE, precision="mixed_bfloat16")
    (plain, row), (mixed, other) = first_epoch(), first_epoch(half)
    assert {v.dtype.name for v in mixed.variables().values() if hasattr(v.dtype, "name")} == {
        "float32"
    }
    assert mixed.encoders["image"].layers[2].compute_dtype == "bfloat16"
    assert plain.encoders["image"].layers[2].compute_dtype == "float32"
    batch = {n: tf.constant(DATA[n][:8]) for n in mixed.modalities}
    terms = mixed.terms(batch, tf.zeros([8, 2]), "mean_field")
    assert {t.dtype for t in terms.values()} == {tf.float32}
    assert {g.mean.dtype for g in mixed.encode(batch).values()} == {tf.float32}
    for name in row:
        if name.startswith("term."):
            assert other[name] == pytest.approx(row[name], rel=0.03, abs=0.05), name
    assert other["term.reconstruction.image"] != row["term.reconstruction.image"]


SCRIPT = """
import json, sys
import tensorflow as tf
count = int(sys.argv[1])
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
from tests.fplib.test_runtime import first_epoch
from fplib import runtime
from fplib.training import loop
placed = set()
gradients = loop.Descent._gradients
def watched(self, rows, seed):
    found = gradients(self, rows, seed)
    placed.add(found[1][0].device)
    return found
loop.Descent._gradients = watched
model, row = first_epoch(shards=2)
threads = tf.config.threading
print(json.dumps({
    "placed": sorted(placed), "devices": runtime.devices(), "elbo": row["elbo"],
    "weights": float(sum(abs(v.numpy()).sum() for v in model.variables().values())),
    "threads": [threads.get_intra_op_parallelism_threads(), threads.get_inter_op_parallelism_threads()],
}))
"""


def in_a_process(count: int, **environment: str) -> dict:
    """What the script says in a process that sees so many logical processors."""
    return json.loads(run(SCRIPT, str(count), options=(), **environment).splitlines()[-1])


@pytest.mark.slow
def test_shards_go_to_all_devices_and_compute_the_same() -> None:
    one, two = in_a_process(1), in_a_process(2, TF_NUM_INTRAOP_THREADS="1")
    assert len(one["devices"]) == 1
    assert len(two["devices"]) == 2
    assert len(two["placed"]) == 2
    assert two["elbo"] == pytest.approx(one["elbo"], rel=1e-5)
    assert two["weights"] == pytest.approx(one["weights"], rel=1e-4)
    assert one["threads"] == [
        max(1, runtime.cores() // 2),
        min(2, runtime.cores()),
    ]  # cores are divided between shards
    assert two["threads"] == [0, 0]  # the user has decided


def test_the_same_seed_gives_the_same_bits() -> None:
    one, two = first_epoch(), first_epoch()
    for name, array in one[0].state().items():
        assert array.tobytes() == two[0].state()[name].tobytes(), name
    assert TRAINING.shards == 2


def test_shifted_images_are_encoded_and_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Joint training moves each image by a new draw, and asks for the moved one back."""
    moved = []

    def watched(images: tf.Tensor, pixels: int, seed: tf.Tensor) -> tf.Tensor:
        moved.append(tuple(seed.numpy().tolist()))
        return tf.zeros_like(images) if pixels == 3 else images

    monkeypatch.setattr(training, "random_shift", watched)
    with eagerly():
        _, still = first_epoch(modality_dropout=0.0)
        assert not moved
        _, same = first_epoch(modality_dropout=0.0, shift=1)
        assert len(set(moved)) == len(moved) == 16  # eight steps of two shards
        _, blank = first_epoch(modality_dropout=0.0, shift=3)
    name = "term.reconstruction.image"
    assert same[name] == still[name]
    assert blank[name] > still[name] + 0.1  # a blank image is easier than any other
