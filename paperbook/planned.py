"""Which records a profile plans: the calls of a page's experiments, found without computing.

The statements that call experiments are executed, with what they read, in a world where an
experiment notes its arguments and returns a run of unknown outcome (`symbolic`).
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperbook import dependencies, pages, parameters, records, workspace
from paperbook.experiments import Run, record_name
from paperbook.symbolic import Unknown, UnknownError, execute, run, slice_of
from paperbook.syntax import Namespace, experiment_decorator, names_read, without_press

FULL = "full"  # the profile of the published records
ANY = "UNKNOWN"  # in a name, until it becomes a star


@dataclass(frozen=True)
class Planned:
    """One record that a page will write.

    Attributes:
        page: its name.
        experiment: name of the function.
        name: of the record; a star stands for what only the computation knows.
        parameters: what the run is told; values may be unknown, or runs that are planned.
        packages: versions of the packages that its code uses, as installed.
        code: key of the code that it reaches.
        shadowed: values of the page under names of arguments, which count in the key of the run.
    """

    page: str
    experiment: str
    name: str
    parameters: Mapping[str, Any]
    packages: Mapping[str, str]
    code: str
    shadowed: Mapping[str, Any]


class PlannedRun(Run):
    """A run that has not been computed: its numbers are unknown."""

    def __init__(self, planned: Planned) -> None:
        super().__init__(planned.name, Unknown(), lambda name: Unknown())
        self.planned = planned

    @property
    def parameters(self) -> dict[str, Any]:
        return dict(self.planned.parameters)

    @property
    def metrics(self) -> Any:
        return Unknown()

    @property
    def seconds(self) -> Any:
        return Unknown()

    @property
    def reference(self) -> Any:
        return self


class Book:
    """The records that one profile plans, page by page; every page is read once.

    Args:
        root: of the book.
        profile: its name.
    """

    def __init__(self, root: Path, profile: str = FULL) -> None:
        self.root = root
        self.parameters = parameters.read_profile(root, profile)
        self.project = dependencies.Project(root, [root / "book"])
        self._pages: dict[str, _Page] = {}
        self._known: dict[str, list[Planned]] = {}

    def pages(self) -> list[str]:
        """Names of the pages that have experiments."""
        return [name for name in pages.page_names(self.root) if self._page(name).experiments]

    def experiments(self, page: str) -> list[str]:
        """Names of the experiments that a page defines."""
        return [statement.name for statement in self._page(page).functions()]

    def page(self, name: str) -> list[Planned]:
        """Records that a page plans, in the order of their names.

        Raises:
            PageError: what the page plans hangs on what it computes.
        """
        if name not in self._known:
            self._known[name] = []  # a page that reads itself finds nothing
            self._known[name] = self._page(name).planned()
        return self._known[name]

    def _page(self, name: str) -> _Page:
        if name not in self._pages:
            self._pages[name] = _Page(self, name)
        return self._pages[name]


class _Page:
    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name
        notebook = pages.read_page(pages.page_path(book.root, name))
        given = book.parameters.get(name, {})
        self.cells = [
            pages.with_values(cell.source, given) if pages.is_parameters(cell) else cell.source
            for cell in notebook.cells
            if cell.cell_type == "code"
        ]
        self.namespace = Namespace(self.cells)
        self.experiments = {
            number: decorator
            for number, statement in enumerate(self.namespace.statements)
            if (decorator := experiment_decorator(statement, self.namespace)) is not None
        }
        self.found: dict[str, Planned] = {}
        self.variables: dict[str, Any] = {"paperbook": _Press(book)}
        self.seen: list[str] = []  # cells up to the statement that is being executed
        self.reached: dict[str, dependencies.Reached] = {}
        self.read: dict[str, dict[str, Any]] = {}

    def functions(self) -> list[ast.FunctionDef]:
        found = (self.namespace.statements[number] for number in self.experiments)
        return [statement for statement in found if isinstance(statement, ast.FunctionDef)]

    def planned(self) -> list[Planned]:
        calls = self._calls()
        before = {number for call in calls for number in slice_of(self.namespace, [call])}
        statements = self.namespace.statements
        for number in sorted(before):
            if number in self.experiments:
                self._define(number)
            elif number in calls:
                self.seen = self._cells_up_to(number)
                try:
                    run(statements[number], self.variables)
                except Exception as error:
                    reason = error if isinstance(error, UnknownError) else repr(error)
                    raise pages.PageError(
                        f"book/{self.name}.py: what `{ast.unparse(statements[number])[:60]}` plans "
                        f"cannot be found without computing: {reason}"
                    ) from error
            else:
                execute(self.namespace, [number], self.book.project, self.variables)
        return sorted(self.found.values(), key=lambda planned: records.natural(planned.name))

    def _calls(self) -> list[int]:
        """Numbers of the statements that call an experiment, directly or through a function."""
        statements = self.namespace.statements
        reads = [set(names_read(statement)) for statement in statements]
        leading = {function.name for function in self.functions()}
        functions = {i: s for i, s in enumerate(statements) if isinstance(s, ast.FunctionDef)}
        for _ in functions:
            leading |= {s.name for i, s in functions.items() if reads[i] & leading}
        return [i for i in range(len(statements)) if i not in functions and reads[i] & leading]

    def _cells_up_to(self, number: int) -> list[str]:
        """Sources of the cells that have been executed when a statement is, its own included."""
        count = 0
        for index, source in enumerate(self.cells):
            count += len(Namespace([source]).statements)
            if count > number:
                return self.cells[: index + 1]
        return self.cells

    def _define(self, number: int) -> None:
        statement, decorator = self.namespace.statements[number], self.experiments[number]
        assert isinstance(statement, ast.FunctionDef)
        bare = without_press(statement, self.namespace)
        run(bare, self.variables)
        function = self.variables[statement.name]
        told = decorator.keywords if isinstance(decorator, ast.Call) else []
        about = {
            keyword.arg: eval(
                compile(ast.Expression(keyword.value), "page", "eval"), self.variables
            )
            for keyword in told
            if keyword.arg in ("name", "parameters")
        }

        def note(*args: Any, **kwargs: Any) -> PlannedRun:
            return self._note(function, about, args, kwargs)

        self.variables[statement.name] = note

    def _note(self, function: Any, about: Mapping, args: tuple, kwargs: Mapping) -> PlannedRun:
        name = function.__name__
        if name not in self.reached:  # the code of the first call counts for all
            self.reached[name] = self.book.project.function(self.seen, name)
            self.read[name] = self._values(self.reached[name].parameters)
        reached, read = self.reached[name], self.read[name]
        signature = inspect.signature(function)
        hidden = {"checkpoint": None} if "checkpoint" in signature.parameters else {}
        bound = signature.bind(*args, **kwargs, **hidden)
        bound.apply_defaults()
        arguments = {n: v for n, v in bound.arguments.items() if n not in hidden}
        told = _plain(dict(about.get("parameters") or {}) | read | arguments)
        shown = {n: ANY if isinstance(v, Unknown | Run) else v for n, v in told.items()}
        planned = Planned(
            self.name,
            name,
            record_name(about.get("name"), arguments, shown).replace(ANY, "*"),
            told,
            dependencies.versions(reached.packages),
            reached.key,
            {f"page {n}": records.plain(v) for n, v in read.items() if n in arguments},
        )
        self.found[planned.name] = planned
        return PlannedRun(planned)

    def _values(self, names: Iterable[str]) -> dict[str, Any]:
        """Plain values of the page that an experiment reads."""
        bindings, found = Namespace(self.seen).bindings, {}
        for name in names:
            holder: dict[str, Any] = {}
            run(bindings[name][-1][1], holder)
            found[name] = holder[name]
        return found


class _Press(Unknown):
    """The press as a page sees it while its records are planned."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def runs(self, page: str, load: Any = None) -> list[PlannedRun]:
        return [PlannedRun(planned) for planned in self._book.page(page)]


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    kept = {n: v for n, v in told.items() if isinstance(v, Unknown | Run)}
    rest = {n: v for n, v in told.items() if n not in kept}
    return records.without_paths(records.plain(rest)) | kept


def profile_of(root: Path) -> str:
    """The profile of the published records, or the default one of a book that has none."""
    return FULL if FULL in parameters.profile_names(root) else workspace.DEFAULT_PROFILE
