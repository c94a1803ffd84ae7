"""What a user chooses: modalities, architecture and training, as frozen dataclasses that validate
themselves.

`PRESETS` holds the two recipes of the book. `paper` is Appendix A of the paper with its ambiguities
resolved as the errata page explains; `fast` is ours. Every difference between the two is a field
here.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from fplib.checks import choice, fraction, natural, numbers, positive, sequence, word

# how q(c|X) is formed: the optimum of the bound, the paper's p(c|Z), and p(c|Z, X_S), whose bound
# is never below either's
ASSIGNMENTS = ("mean_field", "from_z", "structured")


@dataclass(frozen=True)
class Image:
    """A black-box image modality, pixels in [0, 1].

    Args:
        name: the key of the data, for example "image".
        shape: (height, width) or (height, width, channels), in pixels.
    """

    name: str
    shape: tuple[int, ...] = (28, 28)

    def __post_init__(self) -> None:
        word("Image.name", self.name)
        shape = tuple(int(s) for s in sequence("Image.shape", self.shape))
        if len(shape) not in (2, 3) or min(shape) < 1 or min(shape[:2]) < 8:
            raise ValueError(
                f"Image {self.name!r}: shape must be (height, width) or (height, width, channels) with sides of at "
                f"least 8 pixels; received {self.shape!r}."
            )
        object.__setattr__(self, "shape", shape)

    @property
    def expert(self) -> None:
        """Images have no physics expert."""
        return None


@dataclass(frozen=True)
class Curve:
    """A one-dimensional modality sampled at fixed points, with a physics expert or (without one) a
    black-box decoder.

    Args:
        name: the key of the data, for example "curve".
        t: the T sample points of the independent variable, increasing, in the expert's unit.
        expert: an `fplib.experts.Expert`, or None.
        noise: of an expert's curve: "constant", one variance a cluster as in the paper, or
            "per_point", one for each point of t (where specimens spread along the curve; a cluster
            then needs tens of specimens).
    """

    name: str
    t: tuple[float, ...]
    expert: Any = None
    noise: Literal["constant", "per_point"] = "constant"

    def __post_init__(self) -> None:
        word("Curve.name", self.name)
        choice("Curve.noise", self.noise, ("constant", "per_point"))
        t = numbers(f"Curve {self.name!r}: t", self.t, np.float64)
        if t.ndim != 1 or len(t) < 8 or not np.all(np.isfinite(t)) or np.any(np.diff(t) <= 0):
            falling = t.ndim == 1 and len(t) > 1 and bool(np.all(np.diff(t) < 0))
            raise ValueError(
                f"Curve {self.name!r}: t must hold at least 8 finite, increasing sample points; "
                f"received shape {t.shape}"
                + (", decreasing. Turn t and the curves round, or their signs." if falling else ".")
            )
        if self.expert is None and self.noise != "constant":
            raise ValueError(
                f"Curve {self.name!r}: noise is an expert's; without one, leave it out."
            )
        if self.expert is not None:
            from fplib.experts import Expert  # here: without an expert, TensorFlow is not needed

            if not isinstance(self.expert, Expert):
                raise TypeError(
                    f"Curve {self.name!r}: expert must be an fplib.experts.Expert or None; received "
                    f"{self.expert!r}. Pass an instance, for example fplib.experts.Proportional()."
                )
        object.__setattr__(self, "t", tuple(t.tolist()))

    @property
    def shape(self) -> tuple[int]:
        """(T,), the shape of one specimen's curve."""
        return (len(self.t),)


@dataclass(frozen=True)
class Architecture:
    """Sizes of the encoders and of the image decoder."""

    image_channels: tuple[int, int] = (32, 64)
    curve_channels: tuple[int, int] = (8, 16)
    stride: int = 1  # of both encoder convolutions; 1 goes with no padding, 2 with zero padding
    image_hidden: tuple[
        int, ...
    ] = ()  # dense layers between the image convolutions and the Gaussian head
    curve_hidden: tuple[int, ...] = ()  # the same for curves
    decoder_hidden: tuple[int, ...] = ()  # dense layers before the image decoder's feature map
    decoder_channels: tuple[int, int, int] = (32, 64, 32)  # map, then two transposed convolutions
    log_variance_bound: float | None = None  # b: the head emits b tanh(x / b) instead of x
    precision: Literal["float32", "mixed_bfloat16"] = "float32"  # inside the networks only

    def __post_init__(self) -> None:
        choice("architecture.stride", self.stride, (1, 2))
        choice("architecture.precision", self.precision, ("float32", "mixed_bfloat16"))
        if self.log_variance_bound is not None:
            positive("architecture.log_variance_bound", self.log_variance_bound)
        counts = {"image_channels": 2, "curve_channels": 2, "decoder_channels": 3}
        for name in (*counts, "image_hidden", "curve_hidden", "decoder_hidden"):
            sizes = sequence(f"architecture.{name}", getattr(self, name))
            if len(sizes) != counts.get(name, len(sizes)):
                raise ValueError(
                    f"architecture.{name} must hold {counts[name]} sizes; received {sizes!r}."
                )
            sizes = tuple(natural(f"architecture.{name}", size) for size in sizes)
            object.__setattr__(self, name, sizes)


@dataclass(frozen=True)
class Optimization:
    """How Adam runs: what both trainings have in common. The defaults are the `fast` preset's."""

    epochs: int = 4
    batch_size: int = 256
    shards: int = 2  # parts of a batch computed side by side, each normalised by itself
    learning_rate: float = 6e-3
    schedule: Literal["constant", "cosine"] = "cosine"
    warmup_steps: int = 200
    gradient_clip: float | None = 10.0  # bound on the global norm of the batch-mean gradient
    shift: int = 1  # images are moved by up to this many pixels in training
    jit_compile: bool = False  # compile each step with XLA

    def __post_init__(self) -> None:
        natural("epochs", self.epochs)
        natural("batch_size", self.batch_size)
        natural("shards", self.shards)
        positive("learning_rate", self.learning_rate)
        choice("schedule", self.schedule, ("constant", "cosine"))
        natural("warmup_steps", self.warmup_steps, least=0)
        if self.gradient_clip is not None:
            positive("gradient_clip", self.gradient_clip)
        natural("shift", self.shift, least=0)


@dataclass(frozen=True)
class Training(Optimization):
    """How the joint model is trained."""

    assignment: Literal["mean_field", "from_z", "structured"] = "mean_field"
    start: Literal["physics", "random"] = "physics"
    frozen_epochs: int = 1  # epochs during which q(c|X) stays as the label-free start has it
    separation: float = 12.0  # of the starting centres, in prior standard deviations
    separation_of: Literal["closest", "mean"] = "closest"  # pair of centres, or of all pairs
    centres: Literal["closed_form", "fixed"] = "closed_form"
    widths: Literal["closed_form", "adam", "fixed"] = "fixed"  # sigma_c
    weights: Literal["closed_form", "adam", "fixed"] = "closed_form"  # pi
    experts: Literal["least_squares", "adam"] = "least_squares"
    expert_variance: Literal["closed_form", "adam", "fixed"] = "closed_form"
    decoder_variance: Literal["fixed", "adam"] = "fixed"  # one a black-box modality, 1 when fixed
    modality_dropout: float = 2 / 3  # share of specimens encoded from one modality only
    keep: Literal["best", "last"] = "last"  # the epoch kept: lowest validation loss, or the last

    def __post_init__(self) -> None:
        super().__post_init__()
        choice("assignment", self.assignment, ASSIGNMENTS)
        choice("start", self.start, ("physics", "random"))
        natural("frozen_epochs", self.frozen_epochs, least=0)
        positive("separation", self.separation)
        choice("separation_of", self.separation_of, ("closest", "mean"))
        choice("centres", self.centres, ("closed_form", "fixed"))
        choice("widths", self.widths, ("closed_form", "adam", "fixed"))
        choice("weights", self.weights, ("closed_form", "adam", "fixed"))
        choice("experts", self.experts, ("least_squares", "adam"))
        choice("expert_variance", self.expert_variance, ("closed_form", "adam", "fixed"))
        choice("decoder_variance", self.decoder_variance, ("fixed", "adam"))
        fraction("modality_dropout", self.modality_dropout)
        choice("keep", self.keep, ("best", "last"))


@dataclass(frozen=True)
class Crossmodal(Optimization):
    """How the unimodal encoders are trained."""

    epochs: int = 16
    learning_rate: float = 4e-3
    warmup_steps: int = 100
    curve_learning_rate: float | None = None  # None: the same rate for every modality
    direction: Literal["unimodal_to_joint", "joint_to_unimodal"] = "unimodal_to_joint"
    cluster_weight: float = 1.0  # of KL(q(c|X) || p(c|Z = unimodal mean)) beside the KL over Z
    warm_start: bool = True  # start from the joint model's encoder rather than from fresh weights

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.curve_learning_rate is not None:
            positive("curve_learning_rate", self.curve_learning_rate)
        choice("direction", self.direction, ("unimodal_to_joint", "joint_to_unimodal"))
        positive("cluster_weight", self.cluster_weight, zero=True)


@dataclass(frozen=True)
class Preset:
    """A named recipe: networks, joint training, training of the unimodal encoders."""

    architecture: Architecture = field(default_factory=Architecture)
    training: Training = field(default_factory=Training)
    crossmodal: Crossmodal = field(default_factory=Crossmodal)


PRESETS = {
    "paper": Preset(
        Architecture(),
        Training(
            epochs=100,
            learning_rate=1.97e-5,
            schedule="constant",
            warmup_steps=0,
            gradient_clip=None,
            assignment="from_z",
            start="random",
            frozen_epochs=0,
            widths="adam",
            weights="adam",
            experts="adam",
            expert_variance="fixed",
            modality_dropout=0.0,
            shift=0,
            keep="best",
        ),
        Crossmodal(
            epochs=100,
            learning_rate=4.398e-5,
            curve_learning_rate=4.398e-3,
            schedule="constant",
            warmup_steps=0,
            gradient_clip=None,
            cluster_weight=0.0,
            warm_start=False,
            shift=0,
        ),
    ),
    "fast": Preset(
        Architecture(
            stride=2,
            image_hidden=(128, 128),
            curve_hidden=(64,),
            decoder_hidden=(256,),
            decoder_channels=(32, 16, 16),
            log_variance_bound=8.0,
        ),
        Training(),
        Crossmodal(),
    ),
}


def override(config: Any, **changes: Any) -> Any:
    """A copy of a dataclass with some fields changed; NumPy numbers become plain ones.

    Raises:
        TypeError: a field that does not exist, with the list of those that do.
    """
    known = {f.name for f in dataclasses.fields(config)}
    unknown = sorted(set(changes) - known)
    if unknown:
        raise TypeError(
            f"{type(config).__name__} has no option {unknown[0]!r}; its options are {', '.join(sorted(known))}."
        )
    plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in changes.items()}
    return dataclasses.replace(config, **plain)
