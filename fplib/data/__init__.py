"""Data sets by name: verified, split by specimen, labels kept apart; no TensorFlow needed."""

from fplib.data.dataset import Dataset, Split
from fplib.data.fashion import fashion_mnist
from fplib.data.lattice import lattice
from fplib.data.mnist import mnist
from fplib.data.sources import DataUnavailableError

__all__ = ["DataUnavailableError", "Dataset", "Split", "fashion_mnist", "lattice", "mnist"]
