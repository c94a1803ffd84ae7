"""Lies in the sources: typed results, labels that teach, test data that choose."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from paperbook import leaks
from paperbook.lies.planter import Lie, Planter


def typed_result(of: Planter, kind: str) -> Lie | None:
    """A result that was typed into the prose of a page."""
    path = of.random.choice(sorted((of.root / "book").glob("[a-z]*.py")))
    text = path.read_text(encoding="utf-8")
    ends = [m.end() for m in re.finditer(r"^# [A-Z][^\n|]*[a-z]\.$", text, re.MULTILINE)]
    if not ends:
        return None
    amount = of.random.uniform(1, 99)
    number = of.random.choice([f"{amount:.2f} %", f"{amount:.1f} minutes", f"{amount / 100:.4f}"])
    place = of.random.choice(ends)
    changed = f"{text[:place]} It reaches {number} here.{text[place:]}"
    return of.lie(kind, number, {path: changed.encode()})


def labels_taught(of: Planter, kind: str) -> Lie | None:
    """Labels are given to what learns, beside the data."""
    return _in_call(of, kind, "train", lambda part: f"dict({part}, labels={part}.labels)")


def test_learned(of: Planter, kind: str) -> Lie | None:
    """What learns is given the test data."""
    return _in_call(of, kind, "train", lambda part: f"{part.removesuffix('train')}test")


def test_chosen(of: Planter, kind: str) -> Lie | None:
    """What chooses, or says when to stop, is given the test data."""
    return _in_call(of, kind, "validation", lambda p: f"{p.removesuffix('validation')}test")


def _in_call(of: Planter, kind: str, part: str, new: Callable[[str], str]) -> Lie | None:
    """Replace what stands before `.part` in an argument of a call that learns or chooses."""
    path = of.random.choice(sorted((of.root / "book").glob("[a-z]*.py")))
    source = path.read_text(encoding="utf-8")
    calls = leaks.rules(of.root / "book").calls
    found = [
        (argument.lineno, argument.col_offset, argument.end_col_offset or 0)
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in calls
        for given in [*call.args, *(k.value for k in call.keywords)]
        for argument in ast.walk(given)
        if isinstance(argument, ast.Attribute) and argument.attr == part
    ]
    if not found:
        return None
    line, begin, end = of.random.choice(found)
    lines = source.splitlines(keepends=True)
    row = lines[line - 1].encode()
    old = row[begin:end].decode()
    lines[line - 1] = (row[:begin] + new(old).encode() + row[end:]).decode()
    return of.lie(kind, f"{old} -> {new(old)}", {path: "".join(lines).encode()})
