"""JMVAE of the `multivae` package on the same data, with networks of equal size."""

from __future__ import annotations

import logging
import sys
import tempfile
import time
import types
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.theirs import choose
from benchmarks.torch_model import LATENT, POINTS, Decoder, Encoder
from benchmarks.worker import Channel
from fplib.config import PRESETS

# multivae imports these for data sets and picture grids that are not used here. torchvision must
# match PyTorch's build exactly; an empty module in its place saves the reader that search.
UNUSED = (
    "nltk.tokenize",
    "torchvision.datasets.utils",
    "torchvision.transforms",
    "torchvision.utils",
)


class _Unused(types.ModuleType):
    """A module in which every name is an empty class."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def packages() -> types.SimpleNamespace:
    """The names of multivae and pythae that are used, without what they import and do not need here."""
    for name in UNUSED:
        parts = name.split(".")
        for i in range(len(parts)):
            part = ".".join(parts[: i + 1])
            sys.modules.setdefault(part, _Unused(part))
    from multivae import models, trainers
    from multivae.data.datasets.base import MultimodalBaseDataset
    from pythae.models import nn as bases
    from pythae.models.base.base_utils import ModelOutput

    for name in logging.root.manager.loggerDict:
        if name.startswith("multivae"):
            logging.getLogger(name).setLevel(logging.ERROR)
    return types.SimpleNamespace(
        BaseDecoder=bases.BaseDecoder,
        BaseEncoder=bases.BaseEncoder,
        BaseTrainer=trainers.BaseTrainer,
        BaseTrainerConfig=trainers.BaseTrainerConfig,
        JMVAE=models.JMVAE,
        JMVAEConfig=models.JMVAEConfig,
        ModelOutput=ModelOutput,
        MultimodalBaseDataset=MultimodalBaseDataset,
    )


@dataclass(frozen=True)
class Setting:
    """What the opponent may choose freely."""

    batch_size: int
    threads: int
    loaders: int = 0  # processes that load the data; 0: the training process itself

    def words(self) -> str:
        """Such as "batch 128, 2 threads"."""
        words = f"batch {self.batch_size}, {self.threads} thread{'s' * (self.threads != 1)}"
        return f"{words}, a process for loading" if self.loaders else words


def build(names: types.SimpleNamespace, preset: str) -> Any:
    """JMVAE with fplib's encoders and image decoder, and the dense decoder for curves.

    Its joint encoder is the package's own: a second copy of both encoders, and two dense layers.
    """
    architecture = PRESETS[preset].architecture

    class GaussianEncoder(names.BaseEncoder):
        def __init__(self, image: bool) -> None:
            super().__init__()
            self.network, self.latent_dim = Encoder(architecture, image), LATENT

        def forward(self, x: torch.Tensor) -> Any:
            mean, log_variance = self.network(x).chunk(2, dim=1)
            bound = architecture.log_variance_bound
            if bound is not None:
                log_variance = bound * torch.tanh(log_variance / bound)
            return names.ModelOutput(embedding=mean, log_covariance=log_variance)

    class MeanDecoder(names.BaseDecoder):
        def __init__(self, network: nn.Module) -> None:
            super().__init__()
            self.network = network

        def forward(self, z: torch.Tensor) -> Any:
            return names.ModelOutput(reconstruction=self.network(z))

    curve = nn.Sequential(
        nn.Linear(LATENT, 128), nn.ReLU(), nn.Linear(128, POINTS), nn.Unflatten(1, (1, POINTS))
    )
    config = names.JMVAEConfig(
        n_modalities=2,
        latent_dim=LATENT,
        input_dims={"image": (1, 28, 28), "curve": (1, POINTS)},
        decoders_dist={"image": "normal", "curve": "normal"},
    )
    encoders = {"image": GaussianEncoder(True), "curve": GaussianEncoder(False)}
    decoders = {"image": MeanDecoder(Decoder(architecture)), "curve": MeanDecoder(curve)}
    return names.JMVAE(config, encoders, decoders).to(memory_format=torch.channels_last)


class JmvaeTraining:
    """Epochs of the package's own trainer, without its validation and saving.

    Args:
        data: "image" (N, 28, 28) and "curve" (N, 20).
        preset: whose networks.
        setting: threads and batch.
    """

    def __init__(self, data: dict[str, np.ndarray], preset: str, setting: Setting) -> None:
        torch.set_flush_denormal(True)
        torch.set_num_threads(setting.threads)
        names = packages()
        tensors = {
            "image": torch.from_numpy(data["image"]).unsqueeze(1),
            "curve": torch.from_numpy(data["curve"]).unsqueeze(1),
        }
        self._folder = tempfile.TemporaryDirectory()  # the trainer wants one
        self.setting = setting
        self.trainer = names.BaseTrainer(
            build(names, preset),
            train_dataset=names.MultimodalBaseDataset(tensors),
            training_config=names.BaseTrainerConfig(
                output_dir=self._folder.name,
                per_device_train_batch_size=setting.batch_size,
                train_dataloader_num_workers=setting.loaders,
                learning_rate=1e-3,
                drop_last=True,
            ),
        )
        self.images = len(data["image"]) // setting.batch_size * setting.batch_size
        self.epochs = 0

    def epoch(self) -> float:
        """One epoch of the trainer; returns images a second.

        Raises:
            FloatingPointError: the loss is not a number.
        """
        torch.set_num_threads(self.setting.threads)
        self.epochs += 1
        begin = time.perf_counter()
        loss, _ = self.trainer.train_step(self.epochs)
        took = time.perf_counter() - begin
        if not np.isfinite(loss):
            raise FloatingPointError(f"JMVAE's loss became {loss}; its speed means nothing.")
        return self.images / took


def main(options: dict[str, Any], channel: Channel) -> None:
    """Worker: says what it tried and chose, then trains an epoch for every "turn".

    Args:
        options: "preset", "digits" of training, "cores", "batch_sizes" to choose from.
        channel: answers with images per second.
    """
    import fplib as fp

    train = fp.data.mnist(digits=options["digits"]).train
    data = {name: train[name] for name in ("image", "curve")}

    def start(setting: Setting) -> Any:
        enough = max(len(train.ids) // 4, max(options["batch_sizes"]))
        small = {name: array[:enough] for name, array in data.items()}
        training = JmvaeTraining(small, options["preset"], setting)
        training.epoch()
        return training

    cores, sizes = options["cores"], options["batch_sizes"]
    settings = [Setting(size, cores) for size in sizes]
    if cores > 1:
        settings += [Setting(sizes[0], cores // 2), Setting(sizes[0], cores, loaders=1)]
    best, tried = choose(settings, start, JmvaeTraining.epoch)
    training = JmvaeTraining(data, options["preset"], best)
    training.epoch()
    channel.say({"setting": best.words(), "tried": tried})
    channel.serve({"turn": lambda: {"step": training.epoch()}})
