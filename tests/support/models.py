"""Tiny problems and models: three kinds of specimen, twelve pixels a side, twelve points a curve.

A compiled fit of these takes seconds and nearly all of them go into compiling. `eagerly` runs the
same Python without it. What costs most is built once and shared; nobody may change it, and whoever
asks next would be told.
"""

from __future__ import annotations

import functools
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tensorflow as tf
from threadpoolctl import threadpool_limits

import fplib as fp
from fplib.config import Architecture, Crossmodal, Curve, Image, Preset, Training
from fplib.data import Split
from fplib.experts import Affine, Proportional
from tests.support.tolerances import assert_close

T = np.linspace(0, 1, 12)
SLOPES = np.array([1.0, 2.0, 3.0])
NOISE = 0.1  # of the curve, standard deviation

IMAGE = Image("image", (12, 12))
CURVE = Curve("curve", T, Proportional())
FREE_CURVE = Curve("curve", T)  # the same data without physics
LOAD = Curve("load", T, Affine())
BACK = Image("back", (10, 13))
BOTH = (IMAGE, CURVE)
MIXES = {  # every number and kind of modality that the library promises
    "image": (IMAGE,),
    "curve with physics": (CURVE,),
    "curve without physics": (FREE_CURVE,),
    "image, two curves": (IMAGE, FREE_CURVE, LOAD),
    "two images": (BACK, IMAGE),
}

ARCHITECTURE = Architecture(
    image_channels=(4, 4),
    curve_channels=(2, 2),
    stride=2,
    image_hidden=(),
    curve_hidden=(),
    decoder_hidden=(),
    decoder_channels=(4, 4, 4),
    log_variance_bound=8.0,
)
TRAINING = Training(
    epochs=6,
    batch_size=10,
    shards=2,
    learning_rate=0.01,
    schedule="cosine",
    warmup_steps=4,
    gradient_clip=10.0,
    assignment="mean_field",
    start="physics",
    frozen_epochs=1,
    separation=8.0,
    centres="closed_form",
    widths="fixed",
    weights="closed_form",
    experts="least_squares",
    expert_variance="closed_form",
    modality_dropout=0.5,
    shift=0,
    keep="last",
)
CROSSMODAL = Crossmodal(
    epochs=4,
    batch_size=10,
    shards=2,
    learning_rate=0.01,
    curve_learning_rate=None,
    schedule="cosine",
    warmup_steps=4,
    gradient_clip=10.0,
    direction="unimodal_to_joint",
    cluster_weight=1.0,
    warm_start=True,
    shift=1,
)
PRESET = Preset(ARCHITECTURE, TRAINING, CROSSMODAL)


def specimens(
    n: int = 300, seed: int = 0, modalities: Sequence[Image | Curve] | None = None
) -> Split:
    """Blobs whose place depends on the kind and on a continuous style; curves whose slope depends on the kind."""
    rng = np.random.default_rng(seed)
    kinds = rng.permutation(np.arange(n) % 3)
    style = rng.uniform(-1, 1, size=n)
    across, down = np.array([3, 8, 5.5])[kinds] + style, np.array([3, 3.5, 8])[kinds] + style / 2

    def blobs(height: int, width: int) -> np.ndarray:
        y, x = np.mgrid[:height, :width]
        squares = (x - across[:, np.newaxis, np.newaxis]) ** 2
        squares += (y - down[:, np.newaxis, np.newaxis]) ** 2
        return np.exp(-squares / 4).astype(np.float32)

    lines = SLOPES[kinds, np.newaxis] * T
    arrays = {
        "image": blobs(12, 12),
        "back": blobs(10, 13)[:, ::-1],
        "curve": (lines + NOISE * rng.standard_normal(lines.shape)).astype(np.float32),
        "load": (5 - lines + NOISE * rng.standard_normal(lines.shape)).astype(np.float32),
    }
    names = [m.name for m in (BOTH if modalities is None else modalities)]
    return Split({name: arrays[name] for name in names}, labels=kinds)


def tiny(
    modalities: Sequence[Image | Curve] = BOTH,
    clusters: int = 3,
    seed: int = 0,
    architecture: Architecture | None = None,
) -> fp.FingerprintModel:
    """A model that is not trained, with two latent dimensions."""
    return fp.FingerprintModel(
        modalities, clusters, 2, preset=PRESET, architecture=architecture, seed=seed
    )


def scrambled(model: fp.FingerprintModel, seed: int = 0) -> fp.FingerprintModel:
    """The same model with all its numbers general, and a prior so wide that its clusters overlap."""
    rng = np.random.default_rng(seed)
    for name, variable in model.variables().items():
        group = name.split("/")[0]
        value = np.asarray(variable)
        if group in ("scaling", "residual_variance"):
            variable.assign(rng.uniform(0.5, 2.0, value.shape))
        elif group == "log_variances":
            variable.assign(rng.uniform(3, 4, value.shape))
        elif group == "expert_parameters":
            variable.assign(value * np.arange(1.0, 1 + len(value))[:, np.newaxis])
        elif getattr(variable, "trainable", True):
            variable.assign(value + 0.3 * rng.standard_normal(value.shape))
        else:  # running means and variances of a batch normalisation
            variable.assign(value + rng.uniform(0, 0.5, value.shape))
    return declared_trained(model)


def declared_trained(model: fp.FingerprintModel) -> fp.FingerprintModel:
    """The same model as if it had been fitted, or it would refuse to answer."""
    model.history_ = model.history_ or [{"epoch": 1, "seconds": 0.0}]
    return model


@contextmanager
def eagerly() -> Iterator[None]:
    """Run compiled functions as plain Python: the same operations without seconds of tracing."""
    tf.config.run_functions_eagerly(True)
    try:
        with threadpool_limits(1):  # k-means of sixty curves only waits for its threads
            yield
    finally:
        tf.config.run_functions_eagerly(False)


def copy(model: fp.FingerprintModel) -> fp.FingerprintModel:
    """An equal model that may be changed."""
    twin = fp.FingerprintModel(
        list(model.modalities.values()),
        model.clusters,
        model.latent_dim,
        preset=model.preset,
        architecture=model.architecture,
        seed=model.seed,
    )
    for name in model.unimodal:
        twin.add_unimodal(name)
    twin.restore(model.state())
    twin.history_ = list(model.history_)
    twin.unimodal_history_ = list(model.unimodal_history_)
    return twin


def assert_same_bits(found: dict, expected: dict) -> None:
    """Assert that two states hold the same names and the same bits."""
    assert list(found) == list(expected)
    different = [n for n in expected if found[n].tobytes() != expected[n].tobytes()]
    assert not different, f"{len(different)} of {len(expected)} arrays differ: {different[:5]}"


def assert_same_history(found: list[dict], expected: list[dict]) -> None:
    """Assert that two histories agree in everything but the time they took."""
    assert [{**row, "seconds": 0} for row in found] == [{**row, "seconds": 0} for row in expected]


def trained() -> fp.FingerprintModel:
    """A compiled fit of `BOTH` on `specimens()`, validated on `specimens(90, seed=1)`; only to be read.

    It carries the checkpoint as it stood after two of its epochs.
    """
    return _unchanged("trained")


def complete() -> fp.FingerprintModel:
    """A copy of `trained` that has unimodal encoders as well; only to be read."""
    return _unchanged("complete")


@functools.cache
def _shared(name: str) -> tuple[fp.FingerprintModel, str]:
    if name == "trained":
        model = tiny()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "joint.ckpt"

            def keep(_: fp.FingerprintModel, row: dict) -> None:
                if row["epoch"] == 3:  # its own checkpoint follows
                    model.checkpoint_after_two_epochs = file.read_bytes()

            model.fit(
                specimens(),
                validation=specimens(90, seed=1),
                checkpoint=folder,
                callback=keep,
                progress=False,
            )
    else:
        model = copy(trained())
        model.fit_crossmodal(specimens(), progress=False)
    return model, _digest(model)


def _unchanged(name: str) -> fp.FingerprintModel:
    model, digest = _shared(name)
    assert _digest(model) == digest, f"a test before this one has changed the shared {name} model"
    return model


def _digest(model: fp.FingerprintModel) -> str:
    digest = hashlib.sha256()
    for name, array in model.state().items():
        digest.update(name.encode() + array.tobytes())
    return digest.hexdigest()


def assert_probabilities(gamma: np.ndarray, shape: tuple[int, int]) -> None:
    """Assert that responsibilities are rows of probabilities in single precision."""
    assert gamma.shape == shape
    assert gamma.dtype == np.float32
    assert (gamma >= 0).all()
    assert_close(gamma.sum(axis=1), np.ones(shape[0]), 1e-5)


def batch_of(model: fp.FingerprintModel, n: int = 8) -> dict[str, tf.Tensor]:
    """The first specimens as tensors."""
    split = specimens(n, seed=7, modalities=list(model.modalities.values()))
    return {name: tf.constant(split[name]) for name in model.modalities}


def noise_of(model: fp.FingerprintModel, n: int = 8) -> tf.Tensor:
    drawn = np.random.default_rng(1).standard_normal((n, model.latent_dim))
    return tf.constant(drawn, tf.float32)
