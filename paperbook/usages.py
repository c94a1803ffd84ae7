"""Which test files use a function, class or method of the project, found by reading them.

A function is used where its name, through imports, leads to its definition, or stands in quotation
marks in a file that imports its module (a table of checks). A method is also used where something
of its name is called in a file that has to do with its class: by name, or through helpers that the
file imports.
"""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from paperbook.definitions import located
from paperbook.dependencies import Project


@dataclass(frozen=True)
class Use:
    """What one test file does with one definition.

    Attributes:
        path: of the file, relative to the project's root.
        line: of the first use.
        count: of uses.
    """

    path: str
    line: int
    count: int


@dataclass
class _File:
    path: str
    names: dict[str, list[int]] = field(default_factory=dict)  # full name of a definition -> lines
    called: dict[str, list[int]] = field(
        default_factory=dict
    )  # name of a called attribute -> lines
    quoted: dict[str, list[int]] = field(default_factory=dict)  # a name in quotation marks -> lines
    imported: set[str] = field(default_factory=set)  # modules, and conftest files that it sees


class Usages:
    """The test files of a project, each read once.

    Args:
        root: folder of the project.
        folder: name of the folder with the tests; without one nothing is used.
    """

    def __init__(self, root: Path, folder: str = "tests") -> None:
        self.root = root
        self._project = Project(root)
        self._located = functools.cache(lambda name: located(name, self._project))
        paths = sorted((root / folder).rglob("*.py"))
        self._files = {_module(path, root): self._read(path) for path in paths}

    def of(self, name: str) -> list[Use]:
        """The test files that use a definition: the one named after its module first.

        Args:
            name: the full name of the place where it is defined.
        """
        found = []
        for file in self._files.values():
            lines = self._lines(file, name) if Path(file.path).name.startswith("test_") else []
            if lines:
                found.append(Use(file.path, min(lines), len(lines)))
        parts = Counter(name.split("."))
        return sorted(found, key=lambda use: (not parts[_subject(use.path)], -use.count, use.path))

    def _lines(self, file: _File, name: str) -> list[int]:
        lines = [*file.names.get(name, [])]
        owner, _, last = name.rpartition(".")
        if owner in file.imported:
            lines += file.quoted.get(last, [])
        beside = (self._files[module] for module in file.imported if module in self._files)
        if last in file.called and any(owner in other.names for other in (file, *beside)):
            lines += file.called[last]
        return lines

    def _read(self, path: Path) -> _File:
        tree = ast.parse(path.read_text(encoding="utf-8-sig"))
        file = _File(path.relative_to(self.root).as_posix())
        aliases = dict(_aliases(tree))
        own = {parent / "conftest.py" for parent in path.parents if self.root in parent.parents}
        imported = {*aliases.values(), *(a.rpartition(".")[0] for a in aliases.values())}
        file.imported = imported | {_module(conftest, self.root) for conftest in own}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                file.called.setdefault(node.func.attr, []).append(node.lineno)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                file.quoted.setdefault(node.value, []).append(node.lineno)
            if isinstance(node, (ast.Name, ast.Attribute)):
                first, *rest = _dotted(node)
                full = ".".join([aliases.get(first, ""), *rest])
                if first in aliases and (definition := self._located(full)) is not None:
                    file.names.setdefault(definition, []).append(node.lineno)
        return file


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that a file imports, with what they stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _dotted(node: ast.expr) -> list[str]:
    """Names in a chain of attributes that begins with a name; empty ones where it does not."""
    if isinstance(node, ast.Attribute):
        return [*_dotted(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else [""]


def _module(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _subject(path: str) -> str:
    """What a test file is named after."""
    return Path(path).stem.removeprefix("test_")
