"""Four verified IDX files, by whatever name: found in a folder, kept in the cache, fetched once."""

from __future__ import annotations

import gzip
import math
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fplib.data import idx
from fplib.data.cache import cache_folder, keep, locked_folder
from fplib.data.sources import SourceError, check_sha256, first_of

Files = dict[str, bytes]  # name -> bytes of the uncompressed IDX file
Source = tuple[str, Callable[[], Files]]


@dataclass(frozen=True)
class Kind:
    """What the files of one data set are.

    Args:
        name: of the data set, of its folder in the cache, and of its function in `fplib.data`.
        title: the name as it is written in messages.
        hashes: name -> sha256 of the uncompressed IDX file, whatever the source it came from.
        shapes: name -> shape of the array in it.
    """

    name: str
    title: str
    hashes: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]

    def file_names(self, name: str) -> list[str]:
        """Return the file names under which `name` is found in the wild, ours first."""
        kind = f"idx{len(self.shapes[name])}-ubyte"
        return [f"{name}{dot}{kind}{suffix}" for suffix in (".gz", "") for dot in "-."]

    def verify(self, files: Files) -> Files:
        """Return `files` if all four are there and match `hashes`.

        Raises:
            SourceError: naming the first file that does not.
        """
        for name, expected in self.hashes.items():
            check_sha256(name, files[name], expected)
        return files

    def read_folder(self, folder: str | os.PathLike) -> Files:
        """Return the verified IDX files in `folder`.

        Raises:
            SourceError: if the folder or a file is missing, unreadable, damaged or different.
        """
        folder = Path(folder).expanduser()
        if not folder.is_dir():
            raise SourceError(f"{folder}: no such folder")
        return {name: self._read_file(folder, name) for name in self.hashes}

    def _read_file(self, folder: Path, name: str) -> bytes:
        names = self.file_names(name)
        problem = SourceError(f"{folder}: no {names[0]} in it, nor one without .gz")
        for path in (folder / candidate for candidate in names):
            if path.is_file():
                try:
                    return self.unpack(name, path.read_bytes(), path.suffix == ".gz")
                except (OSError, SourceError) as error:
                    problem = SourceError(f"{path}: {error}")
        raise problem

    def unpack(self, name: str, content: bytes, packed: bool = True) -> bytes:
        """Return the verified IDX file in the bytes of a file, gzipped or not.

        Raises:
            SourceError: if it is damaged or different.
        """
        size = 4 + 4 * len(self.shapes[name]) + math.prod(self.shapes[name])
        content = idx.gunzip(content, size)
        check_sha256("unpacked" if packed else "it is", content, self.hashes[name])
        return content

    def store(self, files: Files, folder: Path) -> None:
        """Put verified files into the cache, gzipped, replacing whatever was there."""
        try:
            for name, content in files.items():
                ours, *others = (folder / candidate for candidate in self.file_names(name))
                keep(ours, gzip.compress(content, compresslevel=6, mtime=0))
                for other in others:
                    other.unlink(missing_ok=True)
        except OSError as error:
            warnings.warn(
                f"{self.title} could not be cached in {folder}: {error}; set FPLIB_CACHE.",
                stacklevel=5,
            )


def load(
    kind: Kind,
    fetching: Sequence[Source],
    folder: str | os.PathLike | None = None,
    cache: str | os.PathLike | None = None,
) -> tuple[dict[str, np.ndarray], str]:
    """Return the four arrays, verified, and the name of the source they came from.

    Args:
        kind: what the files are.
        fetching: sources asked after the cache and the folder, in this order.
        folder: folder with the four IDX files, gzipped or not, asked after the cache.
        cache: folder of the cache; see `fplib.data.cache.cache_folder`.

    Returns:
        Arrays of uint8 by the names in `kind.hashes`, and the source.

    Raises:
        DataUnavailableError: if no source works.
    """
    cached = cache_folder(kind.name, cache)
    try:
        source, files = "cache", kind.read_folder(cached)
    except SourceError:
        with locked_folder(cached):
            # The cache again: another process may have filled it while this one waited.
            sources: list[Source] = [("cache", lambda: kind.read_folder(cached))]
            if folder is not None:
                sources.append(("folder", lambda: _named_folder(kind, folder)))
            source, files = first_of([*sources, *fetching], by_hand=_by_hand(kind, cached))
            if source != "cache":
                kind.store(files, cached)
    return {name: idx.decode(content) for name, content in files.items()}, source


def _named_folder(kind: Kind, folder: str | os.PathLike) -> Files:
    try:
        return kind.read_folder(folder)
    except SourceError as error:
        # The user asked for this one: going on in silence would hide a slip. The warning points to
        # whoever called the function of the data set, as does that of `store`.
        warnings.warn(f"folder={os.fspath(folder)!r} not used: {error}", stacklevel=7)
        raise


def _by_hand(kind: Kind, cached: Path) -> str:
    names = ", ".join(kind.file_names(name)[0] for name in kind.hashes)
    return (
        f"By hand: put the four files {names} (or the same without .gz) into {cached}, or name "
        f"their folder: fplib.data.{kind.name}(folder=...). The variable FPLIB_CACHE moves the cache."
    )
