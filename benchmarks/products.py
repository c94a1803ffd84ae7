"""The products behind a model's layers, and their multiply-adds, read off the Keras networks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

    from fplib.model import FingerprintModel

# forward, and the two products of the backward pass, each as many multiply-adds as the first;
# a multiply-add is two operations
OPERATIONS = 6


@dataclass(frozen=True)
class Product:
    """One convolution, transposed convolution or dense product.

    Attributes:
        name: network and number of the layer, such as "encoder_image/2".
        kind: "convolution", "transposed" or "dense".
        input: shape without the batch, (height, width, channels) or (features,); a curve is an
            image of height one.
        output: the same, of what comes out.
        kernel: (height, width), or () for a dense product.
        stride: of both sides.
        padding: "same" or "valid".
        leaf: whether the input is data, which needs no gradient.
        share: of the specimens of a batch that pass this layer.
    """

    name: str
    kind: str
    input: tuple[int, ...]
    output: tuple[int, ...]
    kernel: tuple[int, ...] = ()
    stride: int = 1
    padding: str = "valid"
    leaf: bool = False
    share: float = 1.0

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of the forward product for one specimen, edges included."""
        if self.kind == "dense":
            return self.input[0] * self.output[0]
        # every position of a convolution's output, or of a transposed one's input, meets the kernel
        positions = self.output[:2] if self.kind == "convolution" else self.input[:2]
        return math.prod(positions) * math.prod(self.kernel) * self.input[2] * self.output[2]

    def to_json(self) -> dict[str, Any]:
        """A dictionary that a worker in another process can rebuild it from."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Product:
        """The product of `to_json`."""
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def of_model(model: FingerprintModel) -> list[Product]:
    """Every product of a step of joint training, encoders then decoders."""
    encoders = [p for network in model.encoders.values() for p in of_network(network, leaf=True)]
    count = len(model.modalities)
    if count > 1:  # modality dropout leaves some specimens to the other encoders
        share = 1 - model.preset.training.modality_dropout * (count - 1) / count
        encoders = [replace(product, share=share) for product in encoders]
    decoders = [p for network in model.decoders.values() for p in of_network(network, leaf=False)]
    return encoders + decoders


def of_network(network: keras.Model, leaf: bool) -> list[Product]:
    """The products of one network, in order.

    Args:
        network: a chain of layers.
        leaf: whether its input is data rather than something with a gradient.

    Raises:
        TypeError: a layer with a kernel that no rule counts.
    """
    from keras import layers

    found: list[Product] = []
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization) or not layer.weights:
            continue
        source, target = tuple(layer.input.shape[1:]), tuple(layer.output.shape[1:])
        name = f"{network.name}/{len(found) + 1}"
        first = leaf and not found
        if isinstance(layer, layers.Dense):
            found.append(Product(name, "dense", source, target, leaf=first))
            continue
        if not isinstance(layer, layers.Conv1D | layers.Conv2D | layers.Conv2DTranspose):
            raise TypeError(
                f"of_network: no rule counts the multiply-adds of layer {layer.name!r} of "
                f"{type(layer).__name__}; add one."
            )
        kind = "transposed" if isinstance(layer, layers.Conv2DTranspose) else "convolution"
        flat = len(source) == 2
        shapes = ((1, *s) if flat else s for s in (source, target))
        kernel = (1, *layer.kernel_size) if flat else layer.kernel_size
        found.append(Product(name, kind, *shapes, kernel, layer.strides[0], layer.padding, first))
    return found


def multiply_adds(products: Iterable[Product]) -> float:
    """Multiply-adds of the forward pass, mean over the specimens of a batch."""
    return sum(product.share * product.multiply_adds for product in products)


def gflops(multiply_adds_per_image: float, images_per_second: float) -> float:
    """Operations of a training step, 1e9 a second: forward and backward, as in `OPERATIONS`."""
    return OPERATIONS * multiply_adds_per_image * images_per_second / 1e9
