"""How TensorFlow runs what this library builds: compilation, devices, threads and memory.

Importing this changes nothing. What a process has to decide once is decided when the first model
is built, and only where the user has not: see `configure`.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
from tensorflow.python.eager import context

from fplib.checks import natural

# Work is cut into this many equal pieces that run side by side: on a CPU, two pieces on half the
# cores each waste less than every operation of one piece on all cores.
PIECES = 2

_ours: set[str] = set()


def configure(threads: int | None = None, memory_growth: bool | None = None) -> None:
    """Settle how many threads and how much GPU memory TensorFlow takes in this process.

    Call it before anything has been computed; building a model does it otherwise, with all cores
    that the process may use and with memory that grows as needed, unless TensorFlow's own functions
    or environment variables have been used to say something else.

    Args:
        threads: cores to be used; None leaves TensorFlow's setting alone.
        memory_growth: take GPU memory as it is needed (True) or all of it at once (False); None
            leaves the setting alone.

    Raises:
        ValueError: threads is not a whole number of at least 1.
        RuntimeError: TensorFlow has started work and takes no settings any more.

    Example:
        >>> fplib.runtime.configure(threads=4)
    """
    if memory_growth is not None:
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, memory_growth)
    if threads is not None:
        threads = natural("threads", threads)
        tf.config.threading.set_intra_op_parallelism_threads(max(1, threads // PIECES))
        tf.config.threading.set_inter_op_parallelism_threads(min(PIECES, threads))


@functools.cache
def start() -> None:
    """Settle what the user has left open; called when a model is built, and done once a process."""
    tf.get_logger().addFilter(_OneGraphAModel())
    with contextlib.suppress(RuntimeError):  # TensorFlow has started: its settings stand
        configure(None if _threads_chosen() else cores(), None if _memory_chosen() else True)


def forget_kernels() -> None:
    """Let go of what TensorFlow keeps for ever of variables and graphs that are gone; called by every fit."""
    context.context().clear_kernel_cache()


def cores() -> int:
    """How many logical processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def graph(function: Callable, signature: Sequence, jit_compile: bool = False) -> Callable:
    """A graph that is traced once, for the given signature.

    Whether XLA compiles it is said explicitly: left to itself, Keras would switch it on where it
    finds a GPU, and one script would run through two compilers.

    Args:
        function: of tensors.
        signature: `tf.TensorSpec` of each argument, or nested structures of them.
        jit_compile: compile with XLA, which draws other random numbers from the same seed.
    """
    _ours.add(function.__qualname__)
    return tf.function(function, input_signature=signature, jit_compile=jit_compile)


def devices() -> list[str]:
    """Names of the devices that pieces are spread over: all GPUs, or else all (logical) CPUs."""
    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return [device.name for device in found]


def _threads_chosen() -> bool:
    threads = tf.config.threading
    return bool(
        {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"} & {*os.environ}
        or threads.get_intra_op_parallelism_threads()
        or threads.get_inter_op_parallelism_threads()
    )


def _memory_chosen() -> bool:
    def chosen(gpu: Any) -> bool:
        growth = tf.config.experimental.get_memory_growth(gpu)  # None: nobody has said anything
        return growth is not None or bool(tf.config.get_logical_device_configuration(gpu))

    gpus = tf.config.list_physical_devices("GPU")
    return "TF_FORCE_GPU_ALLOW_GROWTH" in os.environ or any(map(chosen, gpus))


class _OneGraphAModel(logging.Filter):
    """Drops TensorFlow's advice against tracing the same code often: every model has graphs of its own."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        return "retracing" not in message or not any(name in message for name in _ours)
