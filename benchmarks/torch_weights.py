"""From the weights of an fplib model to those of `torch_model.TorchModel`: the same function, mirrored."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keras
import numpy as np
import torch
from keras import layers

from benchmarks.torch_model import TorchModel
from fplib.model import FingerprintModel

Read = Callable[[keras.Variable], np.ndarray]  # of a weight: its value, or its gradient


def read_value(weight: keras.Variable) -> np.ndarray:
    """The weight itself."""
    return np.asarray(weight)


def load(opponent: TorchModel, model: FingerprintModel) -> None:
    """Copy everything that the bound depends on; batch statistics apart.

    Args:
        opponent: changed in place.
        model: of modalities "image" (28, 28) and "curve" (20 points, proportional expert).
    """
    pairs = zip(networks(opponent), network_arrays(model, read_value), strict=True)
    for parameter, array in (
        (p, a) for ps, arrays in pairs for p, a in zip(ps, arrays, strict=True)
    ):
        parameter.data.copy_(torch.from_numpy(array.copy()))
    scaling = model.scaling["curve"].numpy()
    opponent.scaling.copy_(torch.from_numpy(scaling))
    for name, value in mixture(model).items():
        getattr(opponent, name).data.copy_(torch.from_numpy(np.asarray(value)))


def mixture(model: FingerprintModel) -> dict[str, object]:
    """The variables outside of the networks, by the opponent's names."""
    return {
        "logits": model.logits,
        "means": model.means,
        "log_variances": model.log_variances,
        "slopes": model.expert_parameters["curve"],
        "expert_log_variance": model.expert_log_variance["curve"],
    }


def networks(opponent: TorchModel) -> list[list[torch.nn.Parameter]]:
    """Trainable parameters of image encoder, curve encoder and decoder, in layer order."""
    return [list(n.parameters()) for n in (opponent.image, opponent.curve, opponent.decoder)]


def network_arrays(model: FingerprintModel, read: Read) -> list[list[np.ndarray]]:
    """The same of an fplib model, in PyTorch's layout and mirrored.

    Args:
        model: as in `load`.
        read: gives the array of a weight: its value, or its gradient.
    """
    three = model.encoders["image"], model.encoders["curve"], model.decoders["image"]
    return [list(_arrays(network, read)) for network in three]


def _arrays(network: keras.Model, read: Read) -> Iterator[np.ndarray]:
    """Each trainable weight of a network, layer after layer."""
    weighted = [layer for layer in network.layers if layer.weights]
    before: tuple[int, ...] = ()  # shape of the map that a flattened vector came from
    for layer in network.layers:
        if isinstance(layer, layers.Flatten):
            before = layer.input.shape[1:]
        if layer not in weighted:
            continue
        arrays = [read(weight) for weight in layer.trainable_weights]
        if isinstance(layer, layers.Conv1D | layers.Conv2D | layers.Conv2DTranspose):
            spatial = tuple(range(arrays[0].ndim - 2))
            kernel = np.flip(arrays[0], spatial)  # (k, [k,] in, out); transposed: (k, k, out, in)
            yield np.transpose(kernel, (kernel.ndim - 1, kernel.ndim - 2, *spatial))
            yield arrays[1]
        elif isinstance(layer, layers.Dense):
            kernel, bias = arrays
            kernel, before = _mirrored(kernel, before), ()
            after = _unflattened(network, layer)
            yield _mirrored(kernel.T, after)
            yield _mirrored(bias, after)
        elif isinstance(layer, layers.BatchNormalization):
            yield from arrays
        else:
            raise TypeError(
                f"_arrays: no rule for layer {layer.name!r} of {type(layer).__name__}; add one, so "
                "that the opponent keeps computing the same function."
            )


def _mirrored(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """First axis read as a map of `shape`, (..., channels), and turned round in all but channels."""
    if not shape:
        return array
    turned = np.flip(array.reshape(*shape, *array.shape[1:]), tuple(range(len(shape) - 1)))
    return turned.reshape(array.shape)


def _unflattened(network: keras.Model, layer: layers.Layer) -> tuple[int, ...]:
    """Shape of the map that this layer's output is read as, if it is (the decoder's last dense layer)."""
    following = network.layers[network.layers.index(layer) + 1 :]
    dense = (i for i, other in enumerate(following) if isinstance(other, layers.Dense))
    until = following[: next(dense, len(following))]
    return next((r.target_shape for r in until if isinstance(r, layers.Reshape)), ())
