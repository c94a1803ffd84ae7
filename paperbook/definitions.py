"""Functions, classes and methods of a project, found by name without importing anything."""

from __future__ import annotations

import ast
import difflib
import functools
import importlib.util
import textwrap
from dataclasses import dataclass
from pathlib import Path

from paperbook.dependencies import Project

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class UnknownNameError(LookupError):
    """No function, class or method has this name."""


@dataclass(frozen=True)
class Definition:
    """A function, class or method as it stands in its file.

    Attributes:
        name: module and name of the place where it is defined.
        files: those that were read to find it, the last holds it.
        code: without docstrings and common indentation.
    """

    name: str
    files: tuple[Path, ...]
    code: str


def find(name: str, root: Path) -> Definition:
    """Find a function, class or method by its name, through re-exports.

    Args:
        name: such as "package.module.Class.method"; a name that a package imports from one of its
            modules may be called by the package's name.
        root: folder of the project's packages; others are found where Python finds them.

    Raises:
        UnknownNameError: with the nearest name.
    """
    project = _project(name, root)
    files: list[Path] = []
    found = _descend(project, name, files)
    if found is None:
        close = difflib.get_close_matches(name, _known(project, name), n=1, cutoff=0)
        hint = f": did you mean {close[0]!r}?" if close else ""
        raise UnknownNameError(f"unknown name {name!r}{hint}")
    module, qualified, node = found
    return Definition(f"{module}.{qualified}", tuple(files), _without_docstrings(node, files[-1]))


def located(name: str, project: Project) -> str | None:
    """Full name of the place where a function, class or method is defined; None for other names."""
    found = _descend(project, name, [])
    return f"{found[0]}.{found[1]}" if found else None


def _project(name: str, root: Path) -> Project:
    top = name.split(".")[0]
    project = Project(root)
    if project.find(top) is None and top.isidentifier():
        place = importlib.util.find_spec(top)
        if place is not None and place.origin:
            path = Path(place.origin).parent
            return Project(root, [path.parent if place.submodule_search_locations else path])
    return project


def _descend(project: Project, name: str, files: list[Path]) -> tuple[str, str, Defined] | None:
    """Module, name within it, and statement of a definition; the files read are appended."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        module, wanted = ".".join(parts[:cut]), parts[cut:]
        path = project.find(module)
        if path is None or path in files:
            continue
        files.append(path)
        tree = _tree(path, path.stat().st_mtime_ns)
        node = _inside(tree, wanted)
        if node is not None:
            return module, ".".join(wanted), node
        origin = _imported(tree, wanted[0], module, path.name == "__init__.py")
        return _descend(project, ".".join([origin, *wanted[1:]]), files) if origin else None
    return None


@functools.lru_cache(maxsize=512)
def _tree(path: Path, changed: int) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8-sig"))


def _inside(tree: ast.Module | Defined, wanted: list[str]) -> Defined | None:
    first, *rest = wanted
    matching = [n for n in tree.body if isinstance(n, DEFINITIONS) and n.name == first]
    if not matching:
        return None
    return _inside(matching[-1], rest) if rest else matching[-1]


def _imported(tree: ast.Module, name: str, module: str, is_package: bool) -> str | None:
    """Full name behind a name that a module imports, at any depth (lazy packages)."""
    for node in (n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)):
        for alias in node.names:
            if (alias.asname or alias.name) == name:
                base = module.split(".")
                up = node.level - is_package
                start = base[: len(base) - up] if node.level else []
                return ".".join([*start, *filter(None, [node.module]), alias.name])
    return None


def _without_docstrings(node: Defined, path: Path) -> str:
    """Lines of a definition, decorators included, docstrings and the blank line after them not."""
    lines: list[str | None] = [*path.read_text(encoding="utf-8-sig").splitlines()]
    for inner in ast.walk(node):
        if not isinstance(inner, DEFINITIONS) or ast.get_docstring(inner) is None:
            continue
        text = inner.body[0]
        first, last = text.lineno - 1, text.end_lineno or text.lineno
        alone = len(inner.body) == 1
        if last < len(lines) and not (lines[last] or "").strip() and not alone:
            last += 1
        lines[first:last] = [None] * (last - first)
        if alone:
            lines[first] = " " * text.col_offset + "..."
    start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    kept = [line for line in lines[start - 1 : node.end_lineno] if line is not None]
    return textwrap.dedent("\n".join(kept))


def _known(project: Project, name: str) -> list[str]:
    """Public names in the package whose name comes first."""
    top = project.find(name.split(".")[0])
    if top is None:
        return []
    paths = sorted(top.parent.rglob("*.py")) if top.name == "__init__.py" else [top]
    base = top.parent.parent if top.name == "__init__.py" else top.parent
    found = []
    for path in paths:
        module = ".".join(path.relative_to(base).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.parse(path.read_text(encoding="utf-8-sig")).body:
            if isinstance(node, DEFINITIONS):
                members = node.body if isinstance(node, ast.ClassDef) else []
                names = [m.name for m in members if isinstance(m, DEFINITIONS)]
                found += [f"{module}.{node.name}", *(f"{module}.{node.name}.{n}" for n in names)]
    return [name for name in found if "._" not in name]
