"""Compilation of Python functions into TensorFlow graphs, the same way everywhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import tensorflow as tf

_ours: set[str] = set()


def graph(function: Callable, signature: Sequence) -> Callable:
    """A graph that is traced once, for the given signature.

    XLA is off, and said to be off: left to itself, Keras would switch it on where it finds a GPU, and
    one script would run through two compilers.

    Args:
        function: of tensors.
        signature: `tf.TensorSpec` of each argument, or nested structures of them.
    """
    _ours.add(function.__qualname__)
    return tf.function(function, input_signature=signature, jit_compile=False)


class _OneGraphAModel(logging.Filter):
    """Drops TensorFlow's advice against tracing the same code often: every model has graphs of its own."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        return "retracing" not in message or not any(name in message for name in _ours)


tf.get_logger().addFilter(_OneGraphAModel())
