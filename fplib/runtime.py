"""How TensorFlow runs what this library builds: compilation, devices and threads, in one place."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Sequence

import tensorflow as tf

# Work is cut into this many equal pieces that run side by side: on a CPU, two pieces on half the
# cores each waste less than every operation of one piece on all cores.
PIECES = 2

_ours: set[str] = set()


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


def _set_up() -> None:
    """Threads and memory, where the user has not decided and TensorFlow has not started yet."""
    threads = tf.config.threading
    chosen = (
        threads.get_intra_op_parallelism_threads(),
        threads.get_inter_op_parallelism_threads(),
    )
    with contextlib.suppress(RuntimeError):  # started already: its settings stand
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)
        if not any(chosen) and not {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"} & {
            *os.environ
        }:
            threads.set_intra_op_parallelism_threads(max(1, (os.cpu_count() or 1) // PIECES))
            threads.set_inter_op_parallelism_threads(PIECES)


class _OneGraphAModel(logging.Filter):
    """Drops TensorFlow's advice against tracing the same code often: every model has graphs of its own."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        return "retracing" not in message or not any(name in message for name in _ours)


tf.get_logger().addFilter(_OneGraphAModel())
_set_up()
