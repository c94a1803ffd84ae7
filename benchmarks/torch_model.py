"""The opponent: the same networks and the same bound, as one would write them in PyTorch.

Images and feature maps lie channels-last. A strided convolution is padded at the near side, as
`padding=1` does; Keras pads at the far side. The two are mirror images of each other, so the model
here computes exactly fplib's function on images turned by 180 degrees (`torch_weights` converts the
weights). No padding is copied that way, which is the faster form.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from fplib.config import Architecture, Training

LOG_2PI = math.log(2 * math.pi)
CLUSTERS, LATENT, SIDE, POINTS = 10, 3, 28, 20


def normalised(features: int, layer: type[nn.Module]) -> nn.Module:
    """Batch normalisation with the constants of Keras and fplib."""
    return layer(features, eps=1e-3, momentum=0.1)


class Encoder(nn.Module):
    """Two convolutions and dense layers, each followed by ELU and batch normalisation; a linear head."""

    def __init__(self, architecture: Architecture, image: bool) -> None:
        super().__init__()
        stride = architecture.stride
        channels = architecture.image_channels if image else architecture.curve_channels
        hidden = architecture.image_hidden if image else architecture.curve_hidden
        convolution = nn.Conv2d if image else nn.Conv1d
        norm = nn.BatchNorm2d if image else nn.BatchNorm1d
        side, depth = SIDE if image else POINTS, 1
        layers: list[nn.Module] = []
        for size in channels:
            layers.append(convolution(depth, size, 3, stride, padding=stride - 1))
            layers += [nn.ELU(), normalised(size, norm)]
            depth, side = size, -(-side // 2) if stride == 2 else side - 2
        self.convolutions = nn.Sequential(*layers)
        width, layers = depth * side ** (2 if image else 1), []
        for size in hidden:
            layers += [nn.Linear(width, size), nn.ELU(), normalised(size, nn.BatchNorm1d)]
            width = size
        self.dense = nn.Sequential(*layers, nn.Linear(width, 2 * LATENT))

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1, 28, 28) or (N, 1, 20) -> mean and log-variance, (N, 2 L)."""
        x = self.convolutions(x)
        # channels last, as they lie in memory: no copy
        return self.dense(x.movedim(1, -1).flatten(1))


class Decoder(nn.Module):
    """Dense layers to a feature map, then transposed convolutions of stride 2, 2 and 1."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        width, layers = LATENT, []
        for size in architecture.decoder_hidden:
            layers += [nn.Linear(width, size), nn.ReLU()]
            width = size
        first, *rest = architecture.decoder_channels
        self.shape = (SIDE // 4, SIDE // 4, first)
        layers += [nn.Linear(width, math.prod(self.shape)), nn.LeakyReLU(0.01)]
        self.dense = nn.Sequential(*layers)
        layers = []
        for size in rest:
            up = nn.ConvTranspose2d(first, size, 3, stride=2, padding=1, output_padding=1)
            layers += [up, nn.ReLU()]
            first = size
        layers.append(nn.ConvTranspose2d(first, 1, 3, padding=1))
        self.convolutions = nn.Sequential(*layers)

    def forward(self, z: Tensor) -> Tensor:
        """(N, L) -> (N, 1, 28, 28)."""
        return self.convolutions(self.dense(z).unflatten(1, self.shape).movedim(-1, 1))


class TorchModel(nn.Module):
    """Networks, mixture and line experts of fplib's MNIST model, and its bound.

    Args:
        architecture: sizes of the networks.
        training: which parameters Adam changes, and how q(c|X) is formed.
    """

    def __init__(self, architecture: Architecture, training: Training) -> None:
        super().__init__()
        self.assignment, self.bound = training.assignment, architecture.log_variance_bound
        self.image, self.curve = Encoder(architecture, True), Encoder(architecture, False)
        self.decoder = Decoder(architecture)
        adam = {
            "logits": training.weights,
            "log_variances": training.widths,
            "means": training.centres,
        }
        adam |= {"slopes": training.experts, "expert_log_variance": training.expert_variance}
        start = {
            "logits": torch.zeros(CLUSTERS),
            "means": torch.linspace(-60, 60, CLUSTERS)[:, None] * torch.ones(LATENT),
            "log_variances": torch.zeros(CLUSTERS, LATENT),
            "slopes": torch.arange(float(CLUSTERS))[:, None],
            "expert_log_variance": torch.full([CLUSTERS], -4.0),
        }
        for name, value in start.items():
            self.register_parameter(name, nn.Parameter(value, adam[name] == "adam"))
        self.register_buffer("t", torch.linspace(0, 1, POINTS))
        self.register_buffer("scaling", torch.tensor([0.0, 1.0]))  # of the curve's encoder

    def gaussian(self, emitted: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and (bounded) log-variance from an encoder's output."""
        mean, log_variance = emitted.chunk(2, dim=1)
        if self.bound is not None:
            log_variance = self.bound * torch.tanh(log_variance / self.bound)
        return mean, log_variance

    def forward(
        self, image: Tensor, curve: Tensor, noise: Tensor, n_unimodal: int = 0, skip: bool = False
    ) -> dict[str, Tensor]:
        """Named ELBO terms of a batch, each the mean over specimens.

        Args:
            image: (N, 1, 28, 28), turned by 180 degrees.
            curve: (N, 20), likewise reversed: t runs from 1 to 0.
            noise: standard normal, (N, L).
            n_unimodal: how many are seen through the image only, the first, and as many through the curve
                only, the next.
            skip: leave out what is not seen, as fplib does, and do not just ignore it. Batch
                normalisation then sees fewer specimens.
        """
        rest = 2 * n_unimodal
        scaled = ((curve - self.scaling[0]) / self.scaling[1]).unsqueeze(1)
        if skip and n_unimodal:
            by_image = self.gaussian(self.image(torch.cat([image[:n_unimodal], image[rest:]])))
            by_curve = self.gaussian(self.curve(scaled[n_unimodal:]))
        else:
            by_image = [
                torch.cat([x[:n_unimodal], x[rest:]]) for x in self.gaussian(self.image(image))
            ]
            by_curve = [x[n_unimodal:] for x in self.gaussian(self.curve(scaled))]
        pair = [[x[n_unimodal:] for x in emitted] for emitted in (by_image, by_curve)]
        precision = -torch.stack([log_variance for _, log_variance in pair])  # (2, N, L)
        fused = (precision.softmax(0) * torch.stack([m for m, _ in pair])).sum(0)
        parts = zip(*([x[:n_unimodal] for x in e] for e in (by_image, by_curve)), strict=True)
        (means, widths) = (list(part) for part in parts)
        mean = torch.cat([*means, fused])
        log_variance = torch.cat([*widths, -precision.logsumexp(0)])
        z = mean + torch.exp(0.5 * log_variance) * noise
        log_pi = self.logits.log_softmax(0)
        squares = (curve.unsqueeze(1) - self.slopes * self.t.flip(0)).square().sum(-1)  # (N, C)
        scale = POINTS * (LOG_2PI + self.expert_log_variance)
        likelihood = -0.5 * (scale + squares * torch.exp(-self.expert_log_variance))
        # log N of each cluster, expected under q(Z|X)
        width = self.log_variances
        spread = (mean.unsqueeze(1) - self.means).square() + log_variance.exp().unsqueeze(1)
        density = -0.5 * (LOG_2PI + width + spread * torch.exp(-width)).sum(-1)  # (N, C)
        if self.assignment == "mean_field":
            log_gamma = (log_pi + density + likelihood).log_softmax(1).detach()
        else:
            at_z = (z.unsqueeze(1) - self.means).square() * torch.exp(-width)
            log_gamma = (log_pi - 0.5 * (LOG_2PI + width + at_z).sum(-1)).log_softmax(1)
        gamma = log_gamma.exp()
        error = (image - self.decoder(z)).square() + LOG_2PI
        return {
            "reconstruction.image": -0.5 * error.sum((1, 2, 3)).mean(),
            "expert.curve": (gamma * likelihood).sum(1).mean(),
            "latent_prior": (gamma * density).sum(1).mean(),
            "cluster_prior": (gamma * log_pi).sum(1).mean(),
            "latent_entropy": 0.5 * (LOG_2PI + 1 + log_variance).sum(1).mean(),
            "cluster_entropy": -(gamma * log_gamma).sum(1).mean(),
        }
