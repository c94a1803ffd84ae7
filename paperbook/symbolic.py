"""A page's statements evaluated without computing anything: what is not plain stays unknown.

Only the statements that were asked for are executed. The standard library and NumPy are real; a
module of the project gives its constants and no functions; every other package is unknown. What is
done with something unknown is unknown, and only a decision that hangs on it is an error.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from paperbook import dependencies
from paperbook.syntax import PRESS, Namespace, bound_names, names_read
from paperbook.syntax import origin as origin_of

REAL = {*sys.stdlib_module_names, "numpy"}


class UnknownError(Exception):
    """Something was to be decided by a value that only the computation has."""


class Unknown:
    """A value that only the computation has."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def _same(self, *args: Any, **kwargs: Any) -> Any:
        return self

    def _refuse(self, *args: Any) -> NoReturn:
        raise UnknownError("it hangs on a value that only the computation has")

    __call__ = __getitem__ = _same
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __pow__ = __rpow__ = _same
    __truediv__ = __rtruediv__ = __floordiv__ = __mod__ = __or__ = __ror__ = __and__ = _same
    __neg__ = __abs__ = __lt__ = __gt__ = __le__ = __ge__ = _same
    __bool__ = __len__ = __iter__ = __float__ = __int__ = __index__ = __contains__ = _refuse


class Module:
    """Constants of a module of the project; its functions and classes are unknown."""

    def __init__(self, project: dependencies.Project, name: str, path: Path) -> None:
        self._project, self._name, self._path = project, name, path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        inner = self._project.find(f"{self._name}.{name}")
        if inner is not None:
            return Module(self._project, f"{self._name}.{name}", inner)
        namespace = Namespace([self._path.read_text(encoding="utf-8-sig")])
        if name not in namespace.bindings:
            return Unknown()
        package = self._name if self._path.name == "__init__.py" else self._name.rpartition(".")[0]
        variables = execute(
            namespace,
            slice_of(namespace, [number for number, _ in namespace.bindings[name]]),
            self._project,
            package=package,
            functions=False,
        )
        return variables.get(name, Unknown())


def slice_of(namespace: Namespace, numbers: Iterable[int]) -> list[int]:
    """Numbers of the statements that others need, these included, in order."""
    waiting, found = list(numbers), set()
    while waiting:
        number = waiting.pop()
        if number in found:
            continue
        found.add(number)
        statement = namespace.statements[number]
        later = isinstance(statement, ast.FunctionDef | ast.ClassDef)  # reads when it is called
        for name in names_read(statement):
            bound = namespace.bindings.get(name, [])
            waiting += [other for other, _ in bound if other < number or later]
    return sorted(found)


def execute(
    namespace: Namespace,
    numbers: Iterable[int],
    project: dependencies.Project,
    variables: dict[str, Any] | None = None,
    package: str = "",
    functions: bool = True,
) -> dict[str, Any]:
    """Execute statements in order; names of those that cannot be are bound to unknown values.

    Args:
        namespace: of the page or module.
        numbers: of its statements.
        project: whose modules give their constants.
        variables: where names are bound; a new dictionary when omitted.
        package: where relative imports start.
        functions: whether functions and classes are defined, or unknown.

    Returns:
        The variables.
    """
    variables = {} if variables is None else variables
    for number in numbers:
        statement = namespace.statements[number]
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for name, value in _imported(statement, project, package):
                variables.setdefault(name, value)
            continue
        defines = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        try:
            if defines and not functions:
                raise UnknownError
            run(statement, variables)
        except Exception:
            variables |= {name: Unknown() for name in bound_names([statement])}
    return variables


def run(statement: ast.stmt, variables: dict[str, Any]) -> None:
    """Execute one statement."""
    tree = ast.fix_missing_locations(ast.Module([statement], []))
    exec(compile(tree, "page", "exec", dont_inherit=True), variables)


def _imported(
    statement: ast.Import | ast.ImportFrom, project: dependencies.Project, package: str
) -> Iterator[tuple[str, Any]]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            bound = alias.asname or alias.name.split(".")[0]
            yield bound, _module(alias.name if alias.asname else bound, project)
        return
    origin = origin_of(statement, package)
    for alias in statement.names:
        found = _module(origin, project)
        yield alias.asname or alias.name, getattr(found, alias.name, Unknown())


def _module(name: str, project: dependencies.Project) -> Any:
    top = name.split(".")[0]
    if top == PRESS:
        return Unknown()
    path = project.find(name)
    if path is not None:
        return Module(project, name, path)
    return importlib.import_module(name) if top in REAL else Unknown()
