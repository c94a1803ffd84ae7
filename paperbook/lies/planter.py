"""One lie, and who plants it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from paperbook import records, workspace

Edits = Mapping[Path, bytes | None]  # None removes the file
DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Lie:
    """One lie.

    Attributes:
        kind: of the lie, by its name.
        place: file that it is planted in.
        what: the change.
        edits: the files as the lie has them.
    """

    kind: str
    place: str
    what: str
    edits: Edits


Plant = Callable[["Planter", str], Lie | None]


class Planter:
    """Plants lies into one book.

    Args:
        root: of the book.
        html: folder of its built pages.
        profile: that was built.
        seed: of the choice.
    """

    def __init__(self, root: Path, html: Path, profile: str, seed: int = 0) -> None:
        self.root, self.html = root, html
        self.runs = workspace.runs(root, profile)
        self.random = random.Random(seed)
        self.pages = sorted(html.glob("book/*.html"))

    def lies(self, kinds: Mapping[str, Plant], each: int) -> Iterator[Lie]:
        """Some lies of every kind; fewer where a book has no place for them.

        Args:
            kinds: name -> what plants one.
            each: number of a kind.
        """
        for kind, plant in kinds.items():
            planted = 0
            for _ in range(20 * each):  # not every draw finds a place
                lie = plant(self, kind) if planted < each else None
                if lie is not None:
                    planted += 1
                    yield lie

    def lie(self, kind: str, what: str, edits: Edits) -> Lie:
        """One lie about the first of its files."""
        place = next(iter(edits)).relative_to(self.root).as_posix()
        return Lie(kind, place, what, edits)

    def other_digit(self, text: str) -> tuple[str, str]:
        """A text with one of its digits replaced, and the change in words."""
        place = self.random.choice([m.start() for m in DIGIT.finditer(text)])
        digit = self.random.choice([d for d in "0123456789" if d != text[place]])
        new = f"{text[:place]}{digit}{text[place + 1 :]}"
        around = slice(max(0, place - 20), place + 20)
        return new, f"{' '.join(text[around].split())} -> {' '.join(new[around].split())}"

    def published(self) -> list[Path]:
        """Files of the published records."""
        return records.every(workspace.published(self.root))

    def stored(self) -> list[Path]:
        """Stored runs that the built book shows."""
        return [self.runs / f"{p.stem}.ipynb" for p in self.pages if self._ran(p.stem)]

    def _ran(self, page: str) -> bool:
        return (self.runs / f"{page}.ipynb").is_file()
