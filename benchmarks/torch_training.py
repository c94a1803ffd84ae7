"""The opponent's training loop: whole data in memory, no look at a number on the way."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.torch_model import LATENT, SIDE, TorchModel
from fplib.config import Preset


@dataclass(frozen=True)
class Setting:
    """What an opponent may choose freely to be fast."""

    batch_size: int
    threads: int
    compiled: bool = False  # torch.compile of the bound
    channels_last: bool = True
    shards: int = 1  # equal parts of a batch, each on threads of its own

    def words(self) -> str:
        """Such as "batch 128, 2 threads, channels last, eager"."""
        parts = [f"batch {self.batch_size}"]
        if self.shards > 1:
            parts.append(f"{self.shards} parts side by side")
        parts.append(f"{self.threads} thread{'s' * (self.threads != 1)}")
        layout = "channels last" if self.channels_last else "channels first"
        return ", ".join([*parts, layout, "compiled" if self.compiled else "eager"])


class TorchTraining:
    """Adam on the negative bound over shuffled batches.

    Args:
        data: "image" (N, 28, 28) and "curve" (N, 20).
        preset: networks and training of fplib.
        setting: threads, batch, compilation.
        dtype: torch.float32 or torch.float64.
        total_steps: length of the learning-rate schedule.
    """

    def __init__(
        self,
        data: dict[str, np.ndarray],
        preset: Preset,
        setting: Setting,
        dtype: torch.dtype,
        total_steps: int,
    ) -> None:
        torch.manual_seed(0)
        torch.set_flush_denormal(True)
        self.setting, self.config, self.total = setting, preset.training, total_steps
        self.order = torch.empty(0, dtype=torch.int64)
        self.done = 0
        layout = torch.channels_last if setting.channels_last else torch.contiguous_format
        image = torch.from_numpy(data["image"]).to(dtype).flip(1, 2)
        self.images = F.pad(image, [self.config.shift] * 4).flatten(1)
        self.curves = torch.from_numpy(data["curve"]).to(dtype).flip(1).contiguous()
        self.model = TorchModel(preset.architecture, preset.training).to(dtype)
        self.model.to(memory_format=layout)
        self.trained = [p for p in self.model.parameters() if p.requires_grad]
        rate = self.config.learning_rate
        self.adam = torch.optim.Adam(self.trained, lr=rate, eps=1e-7, fused=True)
        self.negative_terms = torch.compile(self._loss) if setting.compiled else self._loss
        self.sums: Tensor | float = 0.0
        width = SIDE + 2 * self.config.shift
        corner = torch.arange(SIDE).unsqueeze(1) * width + torch.arange(SIDE)
        self.corner, self.width = corner.flatten(), width
        set_threads = (torch.set_num_threads, (setting.threads,))
        self.pool = ThreadPoolExecutor(setting.shards, "shard", *set_threads)

    def run(self, steps: int) -> float:
        """Take some steps.

        Returns:
            The time they took, s.
        """
        torch.set_num_threads(self.setting.threads)
        begin = time.perf_counter()
        for _ in range(steps):
            self._step()
        return time.perf_counter() - begin

    def _step(self) -> None:
        size = self.setting.batch_size
        if len(self.order) < size:  # the last incomplete batch of an epoch is dropped, as in fplib
            self.order = torch.randperm(len(self.images))
        rows, self.order = self.order[:size], self.order[size:]
        batch = [self._images(rows), self.curves.index_select(0, rows)]
        batch.append(torch.randn(size, LATENT, dtype=self.curves.dtype))
        self.adam.zero_grad(set_to_none=True)
        if self.setting.shards > 1:
            terms = self._side_by_side(batch)
        else:
            loss, terms = self.negative_terms(*batch, self._n_unimodal(size))
            loss.backward()
        if self.config.gradient_clip is not None:
            torch.nn.utils.clip_grad_norm_(self.trained, self.config.gradient_clip)
        self.done += 1
        self.adam.param_groups[0]["lr"] = self._rate()
        self.adam.step()
        self.sums = self.sums + terms

    def _images(self, rows: Tensor) -> Tensor:
        """Rows of the images, (N, 1, 28, 28), each moved by its own few pixels, as the recipe says."""
        images, shift = self.images.index_select(0, rows), self.config.shift
        if shift:
            down, right = torch.randint(0, 2 * shift + 1, (2, len(rows), 1))
            images = images.gather(1, self.corner + down * self.width + right)
        return images.view(-1, 1, SIDE, SIDE)

    def _n_unimodal(self, size: int) -> int:
        """How many of a batch are encoded from one modality only, for each of the two."""
        return min(round(self.config.modality_dropout * size / 2), size // 2)

    def _side_by_side(self, batch: list[Tensor]) -> Tensor:
        """Gradients of the parts of a batch, each in a thread and with batch normalisation of its own."""
        shards = self.setting.shards
        parts = zip(*(x.chunk(shards) for x in batch), strict=True)

        def gradients(part: tuple) -> tuple[tuple[Tensor, ...], Tensor]:
            loss, terms = self._loss(*part, self._n_unimodal(len(part[0])), skip=True)
            return torch.autograd.grad(loss / shards, self.trained), terms / shards

        found, terms = zip(*self.pool.map(gradients, parts), strict=True)
        for parameter, of_parts in zip(self.trained, zip(*found, strict=True), strict=True):
            parameter.grad = sum(of_parts[1:], of_parts[0])
        return sum(terms[1:], terms[0])

    def _loss(
        self, image: Tensor, curve: Tensor, noise: Tensor, n_unimodal: int, skip: bool = False
    ):
        terms = torch.stack(list(self.model(image, curve, noise, n_unimodal, skip).values()))
        return -terms.sum(), terms.detach()

    def _rate(self) -> float:
        """Warm-up, then constant or half a cosine: fplib's schedule."""
        config = self.config
        rise = min(1.0, self.done / max(1, config.warmup_steps))
        if config.schedule == "constant":
            return config.learning_rate * rise
        left = (self.done - config.warmup_steps) / max(1, self.total - config.warmup_steps)
        share = min(1.0, max(0.0, left))
        return config.learning_rate * rise * 0.5 * (1 + math.cos(math.pi * share))


def candidates(cores: int, batch_sizes: Sequence[int], shards: int = 1) -> list[Setting]:
    """Settings worth trying: every batch size; with the first one, half the threads and the other layout.

    With shards there is one: the first batch size, the cores shared between them.
    """
    if shards > 1:
        return [Setting(batch_sizes[0], max(1, cores // shards), shards=shards)]
    tried = [Setting(size, cores) for size in batch_sizes]
    if cores > 1:
        tried.append(dataclasses.replace(tried[0], threads=cores // 2))
    return [*tried, dataclasses.replace(tried[0], channels_last=False)]
