"""The floor: every product of a training step alone, in TensorFlow or in PyTorch, and one large matrix product.

A product is timed in its three forms: "forward", "input" (the gradient that goes on to the layer
below; left out where the input is data) and "kernel" (the gradient of the weights). Activations,
normalisation, the bound and Adam are not part of the floor: it is what remains if all of them cost
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import fplib  # noqa: F401  # sets up TensorFlow's environment, and does so before it is imported
from benchmarks.measure import shortest
from benchmarks.products import Product
from benchmarks.worker import Channel

COPIES = 4  # different operands in turn, so that no result can be reused
SIDE = 2048  # of the large matrix product


def forms(product: Product) -> tuple[str, ...]:
    """The products that a training step needs of this layer."""
    return ("forward", "kernel") if product.leaf else ("forward", "input", "kernel")


def arrays(product: Product, batch: int) -> list[np.ndarray]:
    """Input (N, ...), kernel, and gradient of the output (N, ...), random; images channels-last.

    A kernel is (height, width, in, out), of a transposed convolution (height, width, out, in).
    """
    rng = np.random.default_rng(0)
    ends = (product.input[-1], product.output[-1])
    shape = (*product.kernel, *(reversed(ends) if product.kind == "transposed" else ends))
    shapes = ((batch, *product.input), shape, (batch, *product.output))
    return [rng.standard_normal(s, np.float32) for s in shapes]


def tensorflow_call(product: Product, form: str, batch: int, shards: int = 1) -> Callable[[], Any]:
    """A graph that computes one form `COPIES` times, one after the other.

    Args:
        product: what to compute.
        form: as in `forms`.
        batch: specimens.
        shards: parts of the batch that are computed side by side.
    """
    import tensorflow as tf

    from fplib.layers import transposed_convolution

    shard = batch // shards
    operands = [
        [[tf.constant(a) for a in arrays(product, shard)] for _ in range(COPIES)]
        for _ in range(shards)
    ]
    options = {
        "strides": [1, product.stride, product.stride, 1],
        "padding": product.padding.upper(),
    }

    def backward_input(sizes: Any, kernel: Any, gradient: Any) -> Any:
        return tf.raw_ops.Conv2DBackpropInput(
            input_sizes=tf.shape(sizes), filter=kernel, out_backprop=gradient, **options
        )

    def backward_kernel(x: Any, kernel: Any, gradient: Any) -> Any:
        return tf.raw_ops.Conv2DBackpropFilter(
            input=x, filter_sizes=tf.shape(kernel), out_backprop=gradient, **options
        )

    def transposed(x: Any, kernel: Any, gradient: Any) -> Any:
        """The library's own form where it has one: the floor is the best that is known."""
        if product.stride == 1 and product.padding == "same":
            return transposed_convolution(x, kernel)
        return backward_input(gradient, kernel, x)

    compute = {
        ("dense", "forward"): lambda x, k, y: tf.matmul(x, k),
        ("dense", "input"): lambda x, k, y: tf.matmul(y, k, transpose_b=True),
        ("dense", "kernel"): lambda x, k, y: tf.matmul(x, y, transpose_a=True),
        ("convolution", "forward"): lambda x, k, y: tf.nn.conv2d(x, k, **options),
        ("convolution", "input"): backward_input,
        ("convolution", "kernel"): backward_kernel,
        # the same three with input and output exchanged
        ("transposed", "forward"): transposed,
        ("transposed", "input"): lambda x, k, y: tf.nn.conv2d(y, k, **options),
        ("transposed", "kernel"): lambda x, k, y: backward_kernel(y, k, x),
    }[product.kind, form]

    @tf.function(jit_compile=False, autograph=False)
    def run(operands: Any) -> list:
        results: list = []
        for of_shard in operands:
            chain: list = []
            for x, kernel, gradient in of_shard:
                with tf.control_dependencies(chain[-1:]):
                    chain.append(compute(x, kernel, gradient))
            results += chain
        return results  # all of them: what nobody reads is not computed

    return lambda: run(operands)


def torch_call(product: Product, form: str, batch: int, shards: int = 1) -> Callable[[], Any]:
    """The same in PyTorch, with all threads on one operation; images and maps channels-last."""
    import torch

    if shards != 1:
        raise ValueError(f"shards: expected 1 for PyTorch, received {shards}.")

    def tensors() -> list:
        x, kernel, gradient = (torch.from_numpy(a) for a in arrays(product, batch))
        if product.kind == "dense":
            return [x, kernel.T.contiguous(), gradient]
        # (k, k, in, out) -> (out, in, k, k), or for a transposed one (k, k, out, in) -> (in, out, k, k)
        maps = x.movedim(-1, 1), kernel.permute(3, 2, 0, 1), gradient.movedim(-1, 1)
        return [m.contiguous(memory_format=torch.channels_last) for m in maps]

    operands = [tensors() for _ in range(COPIES)]
    transposed = product.kind == "transposed"
    pad = [int(product.padding == "same" and k > 1) for k in product.kernel]
    extra = [int(transposed and product.stride == 2)] * 2
    rest = ([product.stride] * 2, pad, [1, 1], transposed, extra, 1)
    mask = {"input": [True, False, False], "kernel": [False, True, False]}

    def backward(x: Any, kernel: Any, gradient: Any) -> Any:
        return torch.ops.aten.convolution_backward(gradient, x, kernel, None, *rest, mask[form])

    if product.kind == "dense":
        compute = {
            "forward": lambda x, k, y: x @ k.T,
            "input": lambda x, k, y: y @ k,
            "kernel": lambda x, k, y: y.T @ x,
        }[form]
    elif form == "forward":
        compute = lambda x, k, y: torch.ops.aten.convolution(x, k, None, *rest)  # noqa: E731
    else:
        compute = backward

    def run() -> Any:
        with torch.no_grad():
            for operand in operands:
                result = compute(*operand)
        return result

    return run


def tensorflow_matrix() -> Callable[[], Any]:
    """A product of two large float32 matrices."""
    import tensorflow as tf

    a, b = tf.random.normal([SIDE, SIDE]), tf.random.normal([SIDE, SIDE])
    run = tf.function(tf.matmul, jit_compile=False)
    return lambda: run(a, b)[0, 0].numpy()  # a look at one number waits for all of them


def torch_matrix() -> Callable[[], Any]:
    """The same in PyTorch."""
    import torch

    a, b = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    return lambda: a @ b


def main(options: dict[str, Any], channel: Channel) -> None:
    """Worker: times every form of every product each time it is asked for a "turn".

    Args:
        options: "framework" ("tensorflow" or "torch"), "shards", "cores", "presets" (name -> its
            "batch_size" and "products", from `Product.to_json`), "seconds" for each form.
        channel: answers with, by preset, a list of form -> time per specimen, s; and "peak", GFLOP/s.
    """
    cores, shards = options["cores"], options["shards"]
    if options["framework"] == "torch":
        import torch

        torch.set_num_threads(cores)
        torch.set_flush_denormal(True)
        make, matrix = torch_call, torch_matrix()
    else:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(max(1, cores // shards))
        tf.config.threading.set_inter_op_parallelism_threads(shards)
        tf.get_logger().setLevel("ERROR")  # it advises against many graphs of the same code
        make, matrix = tensorflow_call, tensorflow_matrix()

    def seen(product: Product, preset: dict[str, Any]) -> int:
        return round(product.share * preset["batch_size"])

    calls = {
        name: [
            {form: make(product, form, seen(product, preset), shards) for form in forms(product)}
            for product in map(Product.from_json, preset["products"])
        ]
        for name, preset in options["presets"].items()
    }

    def turn() -> dict[str, Any]:
        each = options["seconds"]
        answer: dict[str, Any] = {"peak": 2 * SIDE**3 / shortest(matrix, 10 * each) / 1e9}
        for name, products in calls.items():
            images = COPIES * options["presets"][name]["batch_size"]
            answer[name] = [{f: shortest(c, each) / images for f, c in p.items()} for p in products]
        return answer

    channel.say({})
    channel.serve({"turn": turn})
