"""One thing that an audit found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong, and where.

    Attributes:
        check: name of the check that found it.
        place: file, with a line where there is one.
        message: what is wrong.
        serious: whether the audit fails of it.
    """

    check: str
    place: str
    message: str
    serious: bool = True

    def __str__(self) -> str:
        return f"{'' if self.serious else 'note: '}{self.check}: {self.place}: {self.message}"
