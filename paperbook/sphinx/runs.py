"""Which pages are executed, when, and with what; which pages are read and written again."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from paperbook import runner, seals, together, workspace
from paperbook.files import BusyError, write_atomically
from paperbook.pages import PageError, page_names
from paperbook.plan import Plan, Planner

LOGGER = logging.getLogger(__name__)


class Book(Sphinx):
    """The application, as Sphinx's types do not know it: with what is kept on it during a build."""

    paperbook: Planner
    paperbook_building: contextlib.ExitStack
    paperbook_changed: bool
    paperbook_keys: dict[str, str]


def setup(app: Sphinx) -> None:
    """Connect the events of execution."""
    app.connect("config-inited", begin)
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", execute)
    app.connect("env-updated", rewritten)
    app.connect("build-finished", finish, priority=900)


@contextlib.contextmanager
def stop_in_one_line() -> Iterator[None]:
    """End the build with the reason as its last line.

    Jupyter Book would print an exception of Sphinx above fifty lines of its own traceback.
    """
    try:
        yield
    except (PageError, BusyError, PermissionError) as error:
        print(f"\nThe book was not built: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def begin(app: Book, config: Config) -> None:
    """Take the book's lock, and read the profile that BOOK_PROFILE names."""
    profile = os.environ.get("BOOK_PROFILE") or workspace.DEFAULT_PROFILE
    root = Path(app.srcdir)
    config.exclude_patterns += ["**/.*"]  # what editors and file systems leave beside pages
    with stop_in_one_line():
        app.paperbook_building = contextlib.ExitStack()
        app.paperbook_building.enter_context(runner.building(root))
        app.paperbook = Planner(root, profile)


def plan_of(app: Book, document: str) -> Plan | None:
    """Return the run that a document shows, or None for a document that is prose only."""
    path = Path(app.env.doc2path(document))
    is_page = path.suffix == ".py" and path.stem in page_names(app.paperbook.root)
    return app.paperbook.plan(path.stem) if is_page else None


def documents(app: Book) -> Iterator[str]:
    """Yield the documents in the order of the table of contents."""

    def descend(document: str) -> Iterator[str]:
        yield document
        for child in site[document].child_files() if document in site else []:
            yield from descend(child)

    site = app.config.external_site_map
    yield from (name for name in descend(site.root.docname) if name in app.env.found_docs)


def outdated(
    app: Book, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> Iterable[str]:
    """Return the documents whose numbers changed although their text did not.

    What a document shows is known from the last build that was written to its end. After an
    interrupted one nothing is known, and every document is read and written again.
    """
    with stop_in_one_line():
        planned = {name: plan for name in documents(app) if (plan := plan_of(app, name))}
    app.paperbook_keys = {name: plan.key for name, plan in planned.items()}
    known = seals.written(Path(app.outdir))
    if known is None:
        return sorted(env.found_docs)
    return [
        name
        for name, plan in planned.items()
        if known.get(name) != plan.key or runner.stored(plan) is None
    ]


def execute(app: Book, env: BuildEnvironment, docnames: list[str]) -> None:
    """Execute the pages without a stored run, each after the pages that it reads."""
    app.paperbook_changed = any(plan_of(app, name) for name in docnames)
    if app.paperbook_changed:  # from here on the output is neither the old nor the new book
        (Path(app.outdir) / seals.WRITTEN).unlink(missing_ok=True)
    with stop_in_one_line():
        plans = [plan for name in documents(app) if (plan := plan_of(app, name))]
        together.ensure(app.paperbook, [plan.page for plan in plans], announce)


def announce(plan: Plan) -> None:
    """Say which page is executed, so that nobody wonders what takes so long."""
    LOGGER.info("executing book/%s.py through papermill (profile %s) ...", plan.page, plan.profile)


def rewritten(app: Book, env: BuildEnvironment) -> Iterable[str]:
    """Return the documents to write again.

    A number glued from another page is put in place when a document is written, and Sphinx writes
    only what it read. Hence one changed page makes all documents be written: the price is seconds,
    the gain is that no document can show a number of an earlier run.
    """
    return sorted(env.found_docs) if app.paperbook_changed else []


def finish(app: Book, error: Exception | None) -> None:
    """Record what the written documents show, and let the next build begin."""
    keys = getattr(app, "paperbook_keys", None)
    if error is None and keys is not None and Path(app.outdir).is_dir():
        write_atomically(Path(app.outdir) / seals.WRITTEN, json.dumps(keys, indent=1).encode())
        seals.seal_pages(Path(app.outdir), app.paperbook.profile)
    app.paperbook_building.close()
