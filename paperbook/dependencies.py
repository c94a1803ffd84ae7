"""What a computation depends on: a hash of the code that it reaches, by reading and not by running.

From a page's cell or function the names it uses are followed to the statements that bind them,
from there through imports to files of the same project, and so on. Comments, docstrings, layout
and captions do not count; neither does the press. What is found by attribute on a package
(`fp.data.mnist`) leads to the file that defines it, not to the whole package. Imports made from
strings, and functions passed in from elsewhere, cannot be seen.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from paperbook.syntax import (
    PRESS,
    Namespace,
    bound_names,
    dump,
    is_literal,
    is_type_checking,
    names_read,
    type_checking,
    usage,
    without_press,
)
from paperbook.syntax import origin as origin_of


@dataclass(frozen=True)
class Reached:
    """The code behind a computation.

    Attributes:
        key: hash of that code, 64 hexadecimal digits.
        files: paths of the project's files, relative to its root.
        parameters: names of the globals that hold plain values; the values are not in the key.
        packages: top-level names of the packages of others.
    """

    key: str
    files: tuple[str, ...]
    parameters: tuple[str, ...]
    packages: tuple[str, ...]


class Project:
    """The Python files of one project, each read once.

    Args:
        root: folder of the top-level packages.
        beside: further folders in which a page finds modules, such as its own.
    """

    def __init__(self, root: Path, beside: Sequence[Path] = ()) -> None:
        self.root = root
        self.places = [root, *beside]
        self._files: dict[Path, _File] = {}

    def page(self, sources: Iterable[str]) -> Reached:
        """All that the cells of a page reach."""
        namespace = Namespace(sources)
        return self._reach(namespace, namespace.bindings, everything=True)

    def function(self, sources: Iterable[str], name: str) -> Reached:
        """All that one function of a page reaches.

        Args:
            sources: code of the page's cells, in order.
            name: of the function.

        Raises:
            KeyError: the page binds no such name.
        """
        namespace = Namespace(sources)
        if name not in namespace.bindings:
            raise KeyError(name)
        return self._reach(namespace, [name], everything=False)

    def _reach(self, namespace: Namespace, names: Iterable[str], everything: bool) -> Reached:
        closure = _Closure(self)
        waiting, done = list(names), set()
        statements: dict[int, ast.stmt] = {}
        parameters = set()
        while waiting:
            name = waiting.pop()
            if name in done or name not in namespace.bindings:
                continue
            done.add(name)
            bound = namespace.bindings[name]
            if not everything and all(is_literal(statement) for _, statement in bound):
                parameters.add(name)
                continue
            for number, statement in bound:
                if not isinstance(statement, ast.Import | ast.ImportFrom):
                    if not everything:  # how a run is recorded does not change it
                        statement = without_press(statement, namespace)
                    statements[number] = statement
                    waiting += names_read(statement)
        if everything:
            statements = dict(enumerate(namespace.statements))
        used = [s for _, s in sorted(statements.items())]
        names = usage(used)
        for name in done:
            for _, statement in namespace.bindings[name]:
                if isinstance(statement, ast.Import | ast.ImportFrom):
                    closure.follow(statement, names, only=name)
        digest = hashlib.sha256()
        for statement in used:
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                digest.update(dump(statement).encode() + b"\n")
        closure.update(digest)
        return Reached(
            digest.hexdigest(),
            tuple(sorted(closure.shown())),
            tuple(sorted(parameters)),
            tuple(sorted(closure.packages)),
        )

    def find(self, module: str) -> Path | None:
        """File of a module of the project, or None for one of others."""
        parts = module.split(".")
        for place in self.places:
            path = place.joinpath(*parts)
            if path.with_suffix(".py").is_file():
                return path.with_suffix(".py")
            if (path / "__init__.py").is_file():
                return path / "__init__.py"
        return None

    def file(self, path: Path) -> _File:
        """One file, read once."""
        if path not in self._files:
            self._files[path] = _File(path)
        return self._files[path]


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Installed version of the distribution of each top-level package, "absent" without one."""
    known = _distributions()
    found = {}
    for package in sorted(packages):
        name = known.get(package, [package])[0]
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


@functools.cache
def _distributions() -> dict[str, list[str]]:
    return {name: list(owners) for name, owners in metadata.packages_distributions().items()}


class _File:
    """One parsed file of the project, without what does not count."""

    def __init__(self, path: Path) -> None:
        tree = ast.parse(path.read_text(encoding="utf-8-sig"))
        self.names_of_types = bound_names(type_checking(tree))  # names that a lazy package offers
        tree.body = [s for s in tree.body if not is_type_checking(s)]
        self.used = usage([tree])
        self.bound = bound_names(tree.body)
        self.dump = dump(tree)
        self.imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]


class _Closure:
    """Files reached through imports."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.files: dict[Path, _File] = {}
        self.modules: dict[Path, str] = {}
        self.packages: set[str] = set()

    def shown(self) -> list[str]:
        return [relative(path, self.project.places) for path in self.files]

    def update(self, digest: hashlib._Hash) -> None:
        for path in sorted(self.files):
            name = relative(path, self.project.places)
            digest.update(f"{name}\n{self.files[path].dump}\n".encode())

    def follow(
        self,
        statement: ast.Import | ast.ImportFrom,
        used: Mapping[str, set[tuple[str, ...]]],
        only: str | None = None,
        package: str = "",
    ) -> None:
        """Reach what an import binds, as far as it is used.

        Args:
            statement: the import.
            used: attribute chains on the bound names (`syntax.usage`).
            only: the one bound name that matters; all of them when omitted.
            package: where a relative import starts.
        """
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                bound = alias.asname or alias.name.split(".")[0]
                if only in (None, bound):
                    start = alias.name if alias.asname else bound
                    self._use(start, used.get(bound, ()))
            return
        origin = origin_of(statement, package)
        for alias in statement.names:
            bound = alias.asname or alias.name
            if only not in (None, bound):
                continue
            if self.project.find(f"{origin}.{alias.name}") is not None:
                self._use(f"{origin}.{alias.name}", used.get(bound, ()))
            else:
                self._reach(origin, () if alias.name == "*" else (alias.name,))

    def _use(self, module: str, chains: Collection[tuple[str, ...]]) -> None:
        for chain in chains or [()]:  # imported and not used: all that importing it does
            self._reach(module, chain)

    def _reach(self, module: str, chain: tuple[str, ...], seen: frozenset = frozenset()) -> None:
        """Reach `module.a.b` for the chain (a, b); all of the module for no chain."""
        top = module.split(".")[0]
        if top == PRESS or (module, chain) in seen:
            return
        path = self.project.find(module)
        if path is None:
            if self.project.find(top) is None and top not in sys.stdlib_module_names:
                self.packages.add(top)
            return
        seen = seen | {(module, chain)}
        if path.name != "__init__.py":
            self._include(path, module)
        elif not chain:
            self._include(path, module)
            for inner in sorted(path.parent.glob("*.py")):
                if inner != path and inner.stem.isidentifier():
                    self._include(inner, f"{module}.{inner.stem}")
            for inner in sorted(path.parent.glob("*/__init__.py")):
                self._reach(f"{module}.{inner.parent.name}", (), seen)
        elif self.project.find(f"{module}.{chain[0]}") is not None:
            if len(chain) > 1 or not self._is_package(f"{module}.{chain[0]}"):
                self._reach(f"{module}.{chain[0]}", chain[1:], seen)
        else:
            self._through(path, module, chain, seen)

    def _is_package(self, module: str) -> bool:
        path = self.project.find(module)
        return path is not None and path.name == "__init__.py"

    def _through(self, path: Path, module: str, chain: tuple[str, ...], seen: frozenset) -> None:
        """A name of a package: from where the package imports it, or the package's own file."""
        file = self.project.file(path)
        for bound in (file.bound, file.names_of_types):
            for statement in bound.get(chain[0], []):
                if isinstance(statement, ast.ImportFrom):
                    origin = statement.module or ""
                    if statement.level:
                        base = module.split(".")
                        base = base[: len(base) - statement.level + 1]
                        origin = ".".join([*base, *([origin] if origin else [])])
                    alias = next(a for a in statement.names if (a.asname or a.name) == chain[0])
                    self._reach(origin, (alias.name, *chain[1:]), seen)
                    return
        if chain[0] in file.bound:
            self._include(path, module)
        else:  # made when it is asked for: anything may be behind it
            self._reach(module, (), seen)

    def _include(self, path: Path, module: str) -> None:
        if path in self.files:
            return
        file = self.files[path] = self.project.file(path)
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        for statement in file.imports:
            self.follow(statement, file.used, package=package)


def functions(sources: Iterable[str]) -> list[str]:
    """Names of the functions that the cells of a page define at their top."""
    found = Namespace(sources).statements
    return [s.name for s in found if isinstance(s, ast.FunctionDef)]


def relative(path: Path, places: Sequence[Path]) -> str:
    for place in places:
        if path.is_relative_to(place):
            return path.relative_to(place).as_posix()
    return path.name
