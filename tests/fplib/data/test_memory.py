"""Arrays whose memory a tensor shares."""

from __future__ import annotations

import numpy as np
import pytest

from fplib.data import mnist
from fplib.data.memory import BOUNDARY, aligned


@pytest.mark.parametrize("shape", [(0, 3), (1,), (5, 7, 3), (1000, 28, 28)])
def test_shape_type_and_place(shape: tuple[int, ...]) -> None:
    for array in [aligned(shape) for _ in range(5)]:
        assert array.shape == shape
        assert array.dtype == np.float32
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert array.size == 0 or array.ctypes.data % BOUNDARY == 0


def test_arrays_do_not_share_memory() -> None:
    first, second = aligned((50,)), aligned((50,))
    first[:], second[:] = 1, 2
    assert (first == 1).all()


def test_tensors_of_mnist_images_are_no_copies() -> None:
    from fplib.arrays import as_tensor

    as_tensor(np.zeros(3, np.float32))  # the first tensor of a process is a copy in any case
    image = mnist(digits=100).train["image"]
    tensor = as_tensor(image)
    before = float(image[3, 14, 14])
    image[3, 14, 14] = 0.125 if before != 0.125 else 0.25
    assert float(tensor[3, 14, 14]) == image[3, 14, 14]
