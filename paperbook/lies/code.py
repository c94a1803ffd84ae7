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
    return _in_call(of, kind, "train", lambda p: f"dict({p}, labels={p}.labels)", parts_only=True)


def test_learned(of: Planter, kind: str) -> Lie | None:
    """What learns is given the test data."""
    return _in_call(of, kind, "train", lambda part: f"{part.removesuffix('train')}test")


def test_chosen(of: Planter, kind: str) -> Lie | None:
    """What chooses, or says when to stop, is given the test data."""
    return _in_call(of, kind, "validation", lambda p: f"{p.removesuffix('validation')}test")


def _in_call(
    of: Planter, kind: str, part: str, new: Callable[[str], str], parts_only: bool = False
) -> Lie | None:
    """Replace a part of the data in an argument of a call that learns or chooses.

    Args:
        of: who plants.
        kind: of the lie.
        part: an attribute of the data, such as "train".
        new: what to write for it.
        parts_only: whether to leave out those of which one array is taken.
    """
    path = of.random.choice(sorted((of.root / "book").glob("[a-z]*.py")))
    source = path.read_text(encoding="utf-8")
    calls, tree = leaks.rules(of.root / "book").calls, ast.parse(source)
    whole = [n.value for n in ast.walk(tree) if isinstance(n, ast.Subscript | ast.Attribute)]
    found = [
        (argument.lineno, argument.col_offset, argument.end_col_offset or 0)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in calls
        for given in [*call.args, *(k.value for k in call.keywords)]
        for argument in ast.walk(given)
        if isinstance(argument, ast.Attribute)
        and argument.attr == part
        and not (parts_only and argument in whole)
    ]
    if not found:
        return None
    line, begin, end = of.random.choice(found)
    lines = source.splitlines(keepends=True)
    row = lines[line - 1].encode()
    old = row[begin:end].decode()
    lines[line - 1] = (row[:begin] + new(old).encode() + row[end:]).decode()
    return of.lie(kind, f"{old} -> {new(old)}", {path: "".join(lines).encode()})
