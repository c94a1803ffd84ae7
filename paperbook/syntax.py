"""Python source read as data: which names statements bind and use, and code without what is only words."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable

PRESS = "paperbook"


class Namespace:
    """The top-level statements of a page, and which names each of them binds."""

    def __init__(self, sources: Iterable[str]) -> None:
        self.statements: list[ast.stmt] = []
        for source in sources:
            try:
                tree = ast.parse(source)
            except SyntaxError:  # a cell of another language: its text counts as it stands
                tree = ast.parse(f"_ = {source!r}")
            self.statements += tree.body
        self.bindings: dict[str, list[tuple[int, ast.stmt]]] = {}
        for number, statement in enumerate(self.statements):
            for name in bound_names([statement]):
                self.bindings.setdefault(name, []).append((number, statement))


def bound_names(statements: Iterable[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """Names that statements bind at their own level; what a comprehension counts with is none."""
    found: dict[str, list[ast.stmt]] = {}
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = {statement.name}
        else:
            names = _bound(_scope(statement))
        for name in names:
            found.setdefault(name, []).append(statement)
    return found


def names_read(statement: ast.stmt) -> list[str]:
    """Names of the page that a statement reads; arguments and local names of a function are none."""
    return sorted(_free(_scope(statement)))


def _scope(statement: ast.stmt) -> symtable.SymbolTable:
    return symtable.symtable(ast.unparse(statement), "page", "exec")


def _bound(scope: symtable.SymbolTable) -> set[str]:
    top = scope.get_type() == "module"
    own = (s for s in scope.get_symbols() if s.is_assigned() or s.is_imported())
    return {s.get_name() for s in own if top or s.is_global()}.union(
        *map(_bound, scope.get_children())
    )


def _free(scope: symtable.SymbolTable) -> set[str]:
    top = scope.get_type() == "module"
    own = {
        s.get_name() for s in scope.get_symbols() if s.is_referenced() and (top or s.is_global())
    }
    return own.union(*map(_free, scope.get_children()))


def usage(users: Iterable[ast.AST]) -> dict[str, set[tuple[str, ...]]]:
    """How names are used: attribute chains (`fp.data.mnist` -> ("data", "mnist")), () where bare."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for user in users:
        inner: set[int] = set()
        for node in ast.walk(user):  # from the outside in: a chain is met at its end first
            if id(node) in inner:
                continue
            chain: list[str] = []
            base = node
            while isinstance(base, ast.Attribute):
                chain.insert(0, base.attr)
                base = base.value
                inner.add(id(base))
            if isinstance(base, ast.Name) and isinstance(base.ctx, ast.Load):
                found.setdefault(base.id, set()).add(tuple(chain))
    return found


def origin(statement: ast.ImportFrom, package: str) -> str:
    """The module that a `from ... import` names, whatever its leading dots.

    Args:
        statement: the import.
        package: where a relative import starts.
    """
    named = statement.module or ""
    if not statement.level:
        return named
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - statement.level + 1], *([named] if named else [])])


def is_literal(statement: ast.stmt) -> bool:
    """Whether a statement assigns a plain value."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if not all(isinstance(target, ast.Name) for target in targets):
        return False
    try:
        ast.literal_eval(statement.value)
    except (ValueError, TypeError):
        return False
    return True


def is_type_checking(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.If):
        return False
    test = statement.test
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", None)
    return name == "TYPE_CHECKING"


def type_checking(tree: ast.Module) -> list[ast.stmt]:
    return [
        inner
        for s in tree.body
        if isinstance(s, ast.If) and is_type_checking(s)
        for inner in s.body
    ]


def without_press(statement: ast.stmt, namespace: Namespace) -> ast.stmt:
    """A function without the decorators that the press gives it."""
    if not isinstance(statement, ast.FunctionDef) or not statement.decorator_list:
        return statement
    kept = [d for d in statement.decorator_list if not _of_press(d, namespace)]
    copy = ast.FunctionDef(**{field: getattr(statement, field) for field in statement._fields})
    copy.decorator_list = kept
    return ast.copy_location(copy, statement)


def _of_press(node: ast.expr, namespace: Namespace) -> bool:
    base: ast.AST = node
    while isinstance(base, ast.Call | ast.Attribute):
        base = base.func if isinstance(base, ast.Call) else base.value
    if not isinstance(base, ast.Name):
        return False
    for _, statement in namespace.bindings.get(base.id, []):
        if isinstance(statement, ast.Import) and any(a.name == PRESS for a in statement.names):
            return True
        if isinstance(statement, ast.ImportFrom):
            return (statement.module or "").split(".")[0] == PRESS
    return False


def dump(tree: ast.AST) -> str:
    """The code without docstrings, comments and layout."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                value.value = ""
    return ast.dump(tree)


def experiment_decorator(statement: ast.stmt, namespace: Namespace) -> ast.expr | None:
    """The decorator that makes a function of a page an experiment of the press, or None."""
    if isinstance(statement, ast.FunctionDef):
        for node in statement.decorator_list:
            named = node.func if isinstance(node, ast.Call) else node
            name = named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", None)
            if name == "experiment" and _of_press(node, namespace):
                return node
    return None
