"""Numbers that were typed into prose, where they should have been taken from a record.

A number that looks like a result, a percentage or a number with a unit of what is measured, is
glued from a run or stands in `typed_numbers.yml` beside the pages, with the reason why it may be
typed. The file is a list of entries with the fields `reason`, `pages` and `texts` (of their
sources, with the number in it); a text that fits nothing is an error too, so that the list cannot
rot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from paperbook.finding import Finding

EXCEPTIONS = "typed_numbers.yml"
UNITS = "%|percent|minutes?|min|seconds?|s|ms|µs|hours?|h|days?|[KMG]i?B|[KMGT]?FLOPS?|nats?|MPa"
RESULT = re.compile(
    rf"(?<![\w.])\d[\d.,]*(?:[ \u00a0\u202f]\d{{3}})*(?:\s*[–-]\s*\d[\d.,]*)?"
    rf"(?:\s*\\?(?:{UNITS}))(?![\w/])|(?<![\w.,])0\.\d\d+(?![\w.])"
)
MADE = re.compile(r"<!-- \S.*? written by .*?-->.*?<!-- end of .*?-->", re.DOTALL)  # by a script

# code, addresses, roles, and mathematics hold settings and formulas
ASIDE = re.compile(r"\{[a-z:-]+\}`[^`]*`|`[^`]*`|\$\$.*?\$\$|https?://\S+|<[^<>\s]+>", re.DOTALL)
FENCED = re.compile(r"^(\s*)(```+|~~~+)(?!\{(?:note|table|dropdown)).*?^\1\2\s*$", re.M | re.S)


def results(text: str) -> Iterator[tuple[int, str]]:
    """Numbers of a Markdown text that look like results, each with the line, counted from 1."""
    blank = MADE.sub(lambda m: "\n" * m[0].count("\n"), text)
    blank = FENCED.sub(lambda m: "\n" * m[0].count("\n"), blank)
    blank = ASIDE.sub(lambda m: "\n" * m[0].count("\n") + "\x00", blank)
    for match in RESULT.finditer(blank):
        yield blank.count("\n", 0, match.start()) + 1, match.group()


def prose(path: Path) -> str:
    """The Markdown of a page line by line, all other lines empty; captions count as prose."""
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix != ".py":
        return text
    kept, words = [], False
    for line in text.splitlines():
        if line.startswith("# %%"):
            words = "[markdown]" in line
            kept.append("")
        elif words or line.startswith("#|"):
            kept.append(re.sub(r"^#\|? ?", "", line))
        else:
            kept.append("")
    return "\n".join(kept)


def exceptions(folder: Path) -> list[dict[str, Any]]:
    """The list of numbers that may be typed; empty where there is none.

    Raises:
        ValueError: an entry lacks a field.
    """
    path = folder / EXCEPTIONS
    entries: list[Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else []
    for entry in entries or []:
        if not isinstance(entry, dict) or set(entry) != {"reason", "pages", "texts"}:
            raise ValueError(f"{EXCEPTIONS}: expected reason, pages and texts, received {entry!r}")
    return entries or []


def findings(pages: Mapping[str, Path], allowed: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Numbers that were typed and are on no list, and texts of the list that fit nothing.

    Args:
        pages: name -> source.
        allowed: from `exceptions`.
    """
    unused = {text for entry in allowed for text in entry["texts"]}
    for page, path in pages.items():
        text = prose(path)
        lines = text.splitlines()
        listed = [t for entry in allowed if page in entry["pages"] for t in entry["texts"]]
        for number, found in results(text):
            line = " ".join(lines[number - 1].split())
            fits = {entry for entry in listed if found in entry and entry in line}
            unused -= fits
            if not fits:
                message = f"“{found}” is typed, not glued: “{line[:80]}”"
                yield Finding("typed", f"{path.name}:{number}", message)
    for text in sorted(unused):
        yield Finding("typed", EXCEPTIONS, f"no number is typed in “{text}” any more; remove it")
