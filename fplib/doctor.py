"""`fplib doctor`: does this machine run the book, and how fast? Nothing is changed."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from paperbook.kernel import standard_error_to

PYTHON = ((3, 11), (3, 14))  # first supported, first unsupported
PACKAGES = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn", "papermill", "jupyter-book")
DISK_GB = 1.0  # a built book with its runs, and MNIST
CUDNN = (
    "known trap: TensorFlow 2.21 with cuDNN 9.3-9.5 finds no algorithm for a fused convolution "
    "under XLA; use nvidia-cudnn-cu12 9.24 or newer, or jit_compile=False"
)


def main() -> int:
    """Print the report; return 0 when everything works, 1 otherwise."""
    checks = [_python(), *_packages(), _disk(), *_switches()]
    if all(good for good, _ in checks):
        checks += _devices()
    for good, line in checks:
        print(f"{'ok  ' if good else 'FAIL'}  {line}")
    return 0 if all(good for good, _ in checks) else 1


def _python() -> tuple[bool, str]:
    first, last = PYTHON
    good = first <= sys.version_info[:2] < last
    wanted = "" if good else f": expected {first[0]}.{first[1]} to {last[0]}.{last[1] - 1}"
    return (
        good,
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}{wanted}",
    )


def _packages() -> list[tuple[bool, str]]:
    found = []
    for name in PACKAGES:
        try:
            found.append((True, f"{name} {metadata.version(name)}"))
        except metadata.PackageNotFoundError:
            found.append((False, f"{name} is not installed: run `make book`, which sets up .venv"))
    return found


def _disk() -> tuple[bool, str]:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    return free > DISK_GB, f"disk: {free:.1f} GB free here; {DISK_GB:.0f} GB needed"


def _switches() -> list[tuple[bool, str]]:
    shown = []
    for name in (
        "TF_ENABLE_ONEDNN_OPTS",
        "TF_XLA_FLAGS",
        "CUDA_VISIBLE_DEVICES",
        "OMP_NUM_THREADS",
    ):
        shown.append(f"{name}={os.environ.get(name, 'default')}")
    return [(True, f"switches: {', '.join(shown)}")]


def _devices() -> list[tuple[bool, str]]:
    """Run one training step of a convolution on every device."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with standard_error_to(os.devnull):
        import tensorflow as tf

        importlib.import_module("fplib.runtime")  # sets threads and GPU memory, as in every run
        tf.config.list_logical_devices()
    threads = tf.config.threading
    lines = [
        (
            True,
            f"threads: {os.cpu_count()} processors; TensorFlow inter-op "
            f"{threads.get_inter_op_parallelism_threads() or 'automatic'}, intra-op "
            f"{threads.get_intra_op_parallelism_threads() or 'automatic'}",
        )
    ]
    build = tf.sysconfig.get_build_info()
    for device in tf.config.list_logical_devices():
        if device.device_type not in ("CPU", "GPU"):
            continue
        # Keras compiles with XLA by itself where there is a GPU, and not on a CPU
        for compiled in (False, True) if device.device_type == "GPU" else (False,):
            label = f"{device.name} one Conv2D step{' with XLA' if compiled else ''}"
            try:
                rate = convolution_rate(tf, device.name, compiled)
                lines.append((True, f"{label}: {rate:,.0f} images/s"))
            except Exception as error:  # whatever a driver raises is the finding
                reason = " ".join(str(error).split())[:300]
                lines.append((False, f"{label}: {type(error).__name__}: {reason}. {CUDNN}"))
        if device.device_type == "GPU":
            lines.append((True, f"cuDNN of this TensorFlow: {build.get('cudnn_version')}; {CUDNN}"))
    return lines


def convolution_rate(tf: Any, device: str, compiled: bool, batch: int = 128) -> float:
    """Return the images a second of forward and backward passes of one convolution.

    Args:
        tf: the TensorFlow module.
        device: name of the device.
        compiled: whether XLA compiles the step.
        batch: images a step, (batch, 28, 28, 1).

    Raises:
        FloatingPointError: a gradient is not finite.
    """
    with tf.device(device):
        images = tf.random.stateless_uniform((batch, 28, 28, 1), seed=(0, 1))
        kernel = tf.Variable(tf.random.stateless_normal((3, 3, 1, 32), seed=(0, 2)))

        @tf.function(jit_compile=compiled)
        def step() -> Any:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.nn.elu(tf.nn.conv2d(images, kernel, 2, "SAME")) ** 2)
            return tape.gradient(loss, kernel)

        gradient = step().numpy()  # the first call traces
        if not (abs(gradient) < float("inf")).all():
            raise FloatingPointError("the gradient is not finite")
        start, steps = time.perf_counter(), 10
        for _ in range(steps):
            step().numpy()
    return steps * batch / (time.perf_counter() - start)
