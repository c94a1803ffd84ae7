"""Which runs of pages a profile asks for, each with the key of all that it depends on."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperbook import dependencies, pages, parameters, workspace
from paperbook.pages import PageError

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Plan:
    """One page with its parameters: what is to be executed, and where it is stored.

    Attributes:
        root: of the book.
        page: its name.
        profile: whose parameters it has.
        parameters: those that replace its defaults.
        key: hash of what the page depends on.
        notebook: path of the executed notebook.
        records: folder that its records go to in the end.
        published: whether that folder is the caller's, so that records go there one by one.
        reads: pages, and patterns of files, that the page reads.
        only: names of the runs that are wanted; all of them when empty.
    """

    root: Path
    page: str
    profile: str
    parameters: dict[str, Any]
    key: str
    notebook: Path
    records: Path
    published: bool = False
    reads: tuple[str, ...] = field(default=())
    only: tuple[str, ...] = field(default=())

    @property
    def source(self) -> Path:
        """The page's source file."""
        return pages.page_path(self.root, self.page)


class Planner:
    """Plans the runs of one profile; every file is read once.

    Args:
        root: of the book.
        profile: its name.
        project: the book's code, where it has been read already.

    Raises:
        PageError: unknown profile, or a page or parameter in it that does not exist.
    """

    def __init__(
        self,
        root: Path,
        profile: str = workspace.DEFAULT_PROFILE,
        project: dependencies.Project | None = None,
    ) -> None:
        self.root, self.profile = root, profile
        self.parameters = parameters.read_profile(root, profile)
        self.project = project or dependencies.Project(root, [root / "book"])
        self._planned: dict[str, Plan] = {}
        for page in self.parameters:
            self.plan(page)

    def plan(self, page: str, _open: tuple[str, ...] = ()) -> Plan:
        """Return the run of a page as the book shows it.

        Raises:
            PageError: unknown page or parameter, or pages that read each other in a circle.
        """
        if page in _open:
            raise PageError(f"pages read each other in a circle: {' -> '.join((*_open, page))}")
        if page not in self._planned:
            given = self.parameters.get(page, {})
            self._planned[page] = self._plan(page, given, _open=_open)
        return self._planned[page]

    def variant(
        self,
        page: str,
        overrides: Mapping[str, Any],
        published: Path | None = None,
        only: Sequence[str] = (),
    ) -> Plan:
        """Return a run that is not the book's: with other parameters, or records elsewhere.

        Args:
            page: name of the page.
            overrides: parameters that replace the profile's.
            published: folder of the records; beside the executed notebook when omitted.
            only: names of the runs that are wanted; all of them when empty.
        """
        known = pages.defaults(pages.read_page(pages.page_path(self.root, page)), page)
        parameters.check(page, overrides, known, "the command line")
        given = self.parameters.get(page, {}) | dict(overrides)
        return self._plan(page, given, apart=True, published=published, only=tuple(only))

    def _plan(
        self,
        page: str,
        given: Mapping[str, Any],
        apart: bool = False,
        published: Path | None = None,
        only: tuple[str, ...] = (),
        _open: tuple[str, ...] = (),
    ) -> Plan:
        notebook = pages.read_page(pages.page_path(self.root, page))
        known = pages.defaults(notebook, page)
        parameters.check(page, given, known, f"params/{self.profile}.yml")
        reads = pages.reads(notebook)
        key = self._key(notebook, given, (*_open, page))
        folder = workspace.runs(self.root, self.profile)
        if apart:
            chosen = hashlib.sha256(json.dumps(only).encode()).hexdigest()[:8] if only else ""
            folder = folder / "variants" / "-".join(filter(None, (page, key[:8], chosen)))
        return Plan(
            self.root,
            page,
            self.profile,
            dict(given),
            key,
            folder / f"{page}.ipynb",
            published.resolve() if published else folder / "records",
            published is not None,
            reads,
            only,
        )

    def _key(self, notebook: NotebookNode, given: Mapping[str, Any], _open: tuple) -> str:
        """Hash of a page's code, what it reaches, its parameters, and what it reads.

        Prose, captions, comments, tags and the layout of the page do not count; how its code is
        divided into cells does, since each cell has outputs of its own.
        """
        cells = pages.code_cells(notebook)
        reached = self.project.page(cells)
        content: list[Any] = [self.profile, reached.key, sorted(given.items())]
        content.append([len(ast.parse(cell).body) for cell in cells])
        content.append(sorted(dependencies.versions(reached.packages).items()))
        for name in pages.reads(notebook):
            if name in pages.page_names(self.root):
                content.append(self.plan(name, _open).key)
            else:
                content.append(file_hash(self.root, [name]))
        content.append(file_hash(self.root, _files_named(self.root / "book", cells)))
        return hashlib.sha256(json.dumps(content, default=repr).encode()).hexdigest()


def _files_named(folder: Path, cells: Iterable[str]) -> list[str]:
    """Files beside the pages whose names stand in a page's code as texts."""
    beside = {p.name for p in folder.iterdir() if p.is_file() and p.suffix != ".py"}
    found = set()
    for source in cells:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        texts = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant))
        found |= {f"{folder.name}/{text}" for text in texts if text in beside}
    return sorted(found)


def file_hash(root: Path, patterns: Iterable[str]) -> str:
    """Return a hash of the names and contents of the files that match glob patterns."""
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            if path.is_file() and not path.name.startswith("."):
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
