"""Whether labels or test data reach what learns or chooses, read off the code of the pages.

`leaks.yml` beside the pages names the calls that learn and those that choose. Within each function,
and through functions that hand their arguments on, the data are followed: what was read from an
attribute `labels` must reach neither, nor what was read from an attribute `test`. Where labels are
meant to teach, such as a supervised rival, the function stands in the file with the reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from paperbook.finding import Finding

RULES = "leaks.yml"
CLEAN = {"train", "validation"}  # parts that may be learned from
FORBIDDEN = {"labels", "test"}
NEUTRAL = {"len", "print", "range", "type"}
Taint = frozenset[str]
NOTHING: Taint = frozenset()


@dataclass(frozen=True)
class Rules:
    """What a book says of its code.

    Attributes:
        calls: names of functions and methods that learn or choose.
        taught: page and function, such as "page.function" -> why labels may teach there.
        watched: the same -> why a callback of a call that learns may look at test data.
    """

    calls: frozenset[str] = frozenset()
    taught: Mapping[str, str] = field(default_factory=dict)
    watched: Mapping[str, str] = field(default_factory=dict)


def rules(folder: Path) -> Rules:
    """The rules of a book; without a file, `fit` and its relatives learn."""
    path = folder / RULES
    told: dict[str, Any] = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else {}
    calls = [*told.get("learns", ["fit"]), *told.get("chooses", [])]
    return Rules(frozenset(calls), told.get("labels_teach", {}), told.get("test_is_watched", {}))


def findings(sources: Mapping[str, str], told: Rules) -> Iterator[Finding]:
    """Calls that learn or choose and are given labels or test data.

    Args:
        sources: place -> Python.
        told: the book's rules.
    """
    trees = {place: ast.parse(text) for place, text in sources.items()}
    functions = {
        node.name: node
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
    passed = _handed_on(functions, told)
    for place, tree in trees.items():
        for scope in [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))]:
            name = f"{Path(place).stem}.{getattr(scope, 'name', '')}"
            meant = {"labels"} if name in told.taught else set()
            for call, taint in _Scope(scope, told, passed, name).leaks:
                for kind in sorted(taint & FORBIDDEN - meant):
                    what = "test data" if kind == "test" else "labels"
                    code = ast.unparse(call)
                    message = f"{what} reach what learns or chooses: {code[:80]}"
                    yield Finding("leaks", f"{place}:{call.lineno}", message)


def _handed_on(functions: Mapping[str, ast.FunctionDef], told: Rules) -> dict[str, set[str]]:
    """Function -> its arguments that end in a call that learns or chooses."""
    passed: dict[str, set[str]] = {}
    for _ in range(4):  # as deep as helpers are nested
        for name, node in functions.items():
            given = {t[1:] for _, taint in _Scope(node, told, passed).leaks for t in taint}
            given &= {argument.arg for argument in _arguments(node)}
            if given and name not in {known.split(".")[-1] for known in told.taught}:
                passed.setdefault(name, set()).update(given)
    return passed


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


class _Scope:
    """The data of one function, followed from line to line."""

    def __init__(
        self, scope: ast.AST, told: Rules, passed: Mapping[str, Iterable[str]], name: str = ""
    ) -> None:
        self.told, self.passed, self.watched = told, passed, name in told.watched
        self.known: dict[str, Taint] = {}
        self.leaks: list[tuple[ast.Call, Taint]] = []
        if isinstance(scope, ast.FunctionDef):
            for argument in _arguments(scope):
                own = {argument.arg} & FORBIDDEN  # an argument `labels` is what it says
                self.known[argument.arg] = frozenset({f"={argument.arg}"} | own)
        for statement in getattr(scope, "body", []):
            self._statement(statement)

    def _statement(self, node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            return
        for call in (n for n in _expressions(node) if isinstance(n, ast.Call)):
            taint = self._learned(call)
            if taint:
                self.leaks.append((call, taint))
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.For):
            self._assign(node.target, node.iter)
        for name in ("body", "orelse", "finalbody"):
            for inner in getattr(node, name, []):
                self._statement(inner)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            parts = _parts(value, len(target.elts))
            for one, part in zip(target.elts, parts, strict=True):
                self._assign(one, part)
        elif isinstance(target, ast.Name):
            self.known[target.id] = self.taint(value)

    def _learned(self, call: ast.Call) -> Taint:
        """What a call that learns or chooses is given, of what is followed."""
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        keywords = [k for k in call.keywords if not (self.watched and k.arg == "callback")]
        given: list[ast.expr] = [*call.args, *(keyword.value for keyword in keywords)]
        if isinstance(call.func, ast.Name) and name in self.known:
            return NOTHING  # a name of the function's own
        if name in self.told.calls:
            return frozenset().union(*map(self.taint, given))
        if name not in self.passed or not isinstance(call.func, ast.Name):
            return NOTHING
        # which arguments are handed on is known by name only; a positional one counts as any
        named = [k.value for k in call.keywords if k.arg in set(self.passed[name])]
        return frozenset().union(*map(self.taint, [*call.args, *named]))

    def taint(self, node: ast.AST) -> Taint:
        """Where the value of an expression comes from."""
        if isinstance(node, ast.Name):
            return self.known.get(node.id, NOTHING)
        if isinstance(node, ast.Attribute):
            if node.attr in CLEAN or node.attr in ("shape", "n", "t"):
                return NOTHING
            if node.attr == "labels":
                return frozenset({"labels"})
            return frozenset({"test"}) if node.attr == "test" else self.taint(node.value)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in NEUTRAL:
            return NOTHING
        if isinstance(node, ast.Lambda):
            return NOTHING
        before = dict(self.known)
        for one in getattr(node, "generators", []):
            self._assign(one.target, one.iter)
        found = frozenset().union(*(self.taint(child) for child in ast.iter_child_nodes(node)))
        self.known = before
        return found


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    """The expressions of a statement, without those of statements inside it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt):
            yield from ast.walk(child)


def _parts(value: ast.expr, count: int) -> list[ast.expr]:
    """What is assigned to each of several names."""
    if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == count:
        return list(value.elts)
    if isinstance(value, ast.GeneratorExp) and len(value.generators) == 1:
        over = value.generators[0]
        if isinstance(over.iter, ast.Tuple) and len(over.iter.elts) == count:
            return list(over.iter.elts)
    return [value] * count
