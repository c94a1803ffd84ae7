"""Which file of a project imports which: rooms, concepts, arrows, circles; read, not run.

A room is a package at the top of the project; a concept is a folder of a room, or a file beside
such folders. An arrow runs from what imports to what is imported. Imports inside functions count;
those for type checkers alone and those made from strings do not.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from paperbook.arrows import Arrows, circles, ordered
from paperbook.syntax import is_type_checking


@dataclass(frozen=True)
class Module:
    """One file.

    Attributes:
        name: as Python imports it.
        lines: of its text, blank ones included.
        imports: the modules of the same rooms that it imports.
    """

    name: str
    lines: int
    imports: frozenset[str]

    @property
    def room(self) -> str:
        """Name of its package at the top."""
        return self.name.split(".")[0]

    @property
    def concept(self) -> str:
        """Name of its folder, or its own beside folders."""
        room, _, rest = self.name.partition(".")
        return f"{room}.{rest.split('.')[0] or '__init__'}"


class Rooms:
    """The files of some packages and the arrows between them.

    Args:
        root: folder of the packages.
        names: of the packages.

    Raises:
        LookupError: there is no such package.
    """

    def __init__(self, root: Path, names: Iterable[str]) -> None:
        self.names = tuple(names)
        paths: dict[str, Path] = {}
        for name in self.names:
            found = sorted(p for p in (root / name).rglob("*.py") if p.stem.isidentifier())
            if not found:
                raise LookupError(f"no package {name!r}; there are {', '.join(packages(root))}")
            paths |= {_name(path, root): path for path in found}
        self.modules = {name: _read(name, path, paths) for name, path in sorted(paths.items())}

    def members(self, name: str) -> list[Module]:
        """The files of a room or a concept."""
        return [m for m in self.modules.values() if name in (m.room, m.concept)]

    def lines(self, name: str, without: Collection[str] = ()) -> int:
        """Lines of a room or a concept.

        Args:
            name: of it.
            without: concepts that are not counted.
        """
        return sum(m.lines for m in self.members(name) if m.concept not in without)

    def is_folder(self, concept: str) -> bool:
        """Whether a concept is a folder."""
        return any(m.name.count(".") > 1 for m in self.members(concept))

    @cached_property
    def circles(self) -> list[list[str]]:
        """Groups of files that import one another, directly or through others."""
        return circles({name: module.imports for name, module in self.modules.items()})

    @cached_property
    def between_rooms(self) -> Arrows:
        """Arrows between the rooms."""
        return self._arrows(lambda module: module.room)

    @cached_property
    def between_concepts(self) -> Arrows:
        """Arrows between the concepts of all rooms."""
        return self._arrows(lambda module: module.concept)

    def _arrows(self, part: Callable[[Module], str]) -> Arrows:
        found: dict[str, set[str]] = {part(module): set() for module in self.modules.values()}
        for module in self.modules.values():
            found[part(module)] |= {part(self.modules[name]) for name in module.imports}
        return {name: frozenset(targets - {name}) for name, targets in found.items()}

    def inside(self, room: str) -> Arrows:
        """Arrows between the concepts of one room."""
        own = {module.concept for module in self.members(room)}
        return {concept: self.between_concepts[concept] & own for concept in sorted(own)}

    def ordered(self, room: str) -> list[str]:
        """Concepts of a room, each above what it imports; in a circle few stand below it."""
        return ordered(self.inside(room))

    def upward(self, room: str) -> list[tuple[str, str]]:
        """Arrows from a concept to one that stands above it; without circles there are none."""
        place = {concept: number for number, concept in enumerate(self.ordered(room))}
        arrows = self.inside(room)
        return [(a, b) for a in place for b in sorted(arrows[a]) if place[b] < place[a]]

    def crossing(self, room: str, other: str) -> list[str]:
        """Concepts of a room that import something of another."""
        there = {module.concept for module in self.members(other)}
        return [c for c in self.ordered(room) if self.between_concepts[c] & there]


def packages(root: Path) -> list[str]:
    """Packages at the top of a project, its tests left out."""
    found = (path.parent.name for path in root.glob("*/__init__.py"))
    return sorted(name for name in found if name.isidentifier() and name != "tests")


def describe(root: Path, names: Sequence[str] | None = None) -> str:
    """The rooms as text: their concepts with files, lines and arrows; circles and upward arrows.

    Args:
        root: folder of the packages.
        names: of the packages; all that there are when omitted.
    """
    return "\n".join(_described(Rooms(root, packages(root) if names is None else names)))


def number(rooms: Rooms, words: Sequence[str]) -> str:
    """A number of the rooms, such as that of the lines of one, as the text shows it.

    Args:
        rooms: of the project.
        words: such as ["lines", "press", "without", "sphinx"].

    Raises:
        LookupError: there is no such number or no such room.
    """
    what, *rest = words
    if what == "circles" and not rest:
        return str(len(rooms.circles))
    if what == "upward" and not rest:
        return str(sum(len(rooms.upward(room)) for room in rooms.names))
    if not rest or rest[0] not in rooms.names:
        raise LookupError(f"expected a number and one of {', '.join(rooms.names)}: {words}")
    room, *rest = rest
    without = {f"{room}.{name}" for name in rest[1:]} if rest[:1] == ["without"] else set()
    if unknown := without - rooms.inside(room).keys():
        raise LookupError(f"no concept {', '.join(sorted(unknown))}")
    counts = {
        "files": len([m for m in rooms.members(room) if m.concept not in without]),
        "lines": rooms.lines(room, without),
        "names": len([name for name in rooms.inside(room) if not name.endswith(".__init__")]),
    }
    if what not in counts:
        raise LookupError(f"unknown number {what!r}: {', '.join(counts)}, circles, upward")
    return f"{counts[what]:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _described(rooms: Rooms) -> Iterator[str]:
    for room in ordered(rooms.between_rooms):
        others = ", ".join(sorted(rooms.between_rooms[room]))
        yield f"{room}: {_size(rooms, room)}; imports {others or 'no other room'}"
        for concept in rooms.ordered(room):
            title = concept.removeprefix(f"{room}.") + "/" * rooms.is_folder(concept)
            targets = sorted(rooms.between_concepts[concept])
            arrows = " ".join(["->", *(t.removeprefix(f"{room}.") for t in targets)])
            yield f"  {title:<18}{_size(rooms, concept):<22}{arrows if targets else ''}".rstrip()
        yield ""
    upward = [f"{a} -> {b}" for room in rooms.names for a, b in rooms.upward(room)]
    yield f"import circles: {'; '.join(map(' '.join, rooms.circles)) or 'none'}"
    yield f"upward arrows:  {'; '.join(upward) or 'none'}"


def _size(rooms: Rooms, name: str) -> str:
    files = len(rooms.members(name))
    return f"{files} file{'s' * (files != 1)}, {rooms.lines(name)} lines"


def _name(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _read(name: str, path: Path, known: Collection[str]) -> Module:
    text = path.read_text(encoding="utf-8-sig")
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    statements = _imports(ast.parse(text))
    found = {target for s in statements for target in _targets(s, package, known)}
    return Module(name, len(text.splitlines()), frozenset(found - {name}))


def _imports(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.Import | ast.ImportFrom):
            yield inner
        elif not (isinstance(inner, ast.stmt) and is_type_checking(inner)):
            yield from _imports(inner)


def _targets(
    statement: ast.Import | ast.ImportFrom, package: str, known: Collection[str]
) -> Iterator[str]:
    """The files that a statement imports: of each name the module, or the one that offers it."""
    origin = ""
    if isinstance(statement, ast.ImportFrom):
        parts = package.split(".")
        base = parts[: len(parts) - statement.level + 1] if statement.level else []
        origin = ".".join([*base, *filter(None, [statement.module])])
    for alias in statement.names:
        full = f"{origin}.{alias.name}" if origin else alias.name
        yield from [target for target in (full, origin) if target in known][:1]
