"""Which pages are executed, when, and with what; which pages are read and written again."""

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from paperbook import pages, runner

LOGGER = logging.getLogger(__name__)
KEYS = "paperbook_keys"  # attribute of the stored environment: document -> key of the run it shows


def setup(app: Sphinx) -> None:
    """Connect the events of execution."""
    app.connect("config-inited", choose_profile)
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", execute)
    app.connect("env-updated", rewritten)


@contextlib.contextmanager
def stop_in_one_line() -> Iterator[None]:
    """End the build with the reason as its last line.

    Jupyter Book would print an exception of Sphinx above fifty lines of its own traceback.
    """
    try:
        yield
    except pages.PageError as error:
        print(f"\nThe book was not built: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def choose_profile(app: Sphinx, config: Config) -> None:
    """Read the profile that BOOK_PROFILE names."""
    profile = os.environ.get("BOOK_PROFILE") or pages.DEFAULT_PROFILE
    with stop_in_one_line():
        app.paperbook = runner.Planner(Path(app.srcdir), profile)


def run_of(app: Sphinx, document: str) -> runner.Run | None:
    """Return the run that a document shows, or None for a document that is prose only."""
    path = Path(app.env.doc2path(document))
    return app.paperbook.plan(path.stem) if path.suffix == ".py" else None


def documents(app: Sphinx) -> Iterator[str]:
    """Yield the documents in the order of the table of contents."""

    def descend(document: str) -> Iterator[str]:
        yield document
        for child in site[document].child_files() if document in site else []:
            yield from descend(child)

    site = app.config.external_site_map
    yield from (name for name in descend(site.root.docname) if name in app.env.found_docs)


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> Iterable[str]:
    """Return the documents whose numbers changed although their text did not."""
    known = getattr(env, KEYS, {})
    with stop_in_one_line():
        planned = {name: run for name in documents(app) if (run := run_of(app, name))}
    env.paperbook_keys = {name: run.key for name, run in planned.items()}
    return [
        name
        for name, run in planned.items()
        if known.get(name) != run.key or runner.stored(run) is None
    ]


def execute(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Execute the pages without a stored run, each after the pages that it reads."""
    app.paperbook_changed = any(run_of(app, name) for name in docnames)
    with stop_in_one_line():
        for name in documents(app):
            if run := run_of(app, name):
                runner.ensure(app.paperbook, run, announce, progress=sys.stderr.isatty())


def announce(run: runner.Run) -> None:
    """Say which page is executed, so that nobody wonders what takes so long."""
    LOGGER.info("executing book/%s.py through papermill (profile %s) ...", run.page, run.profile)


def rewritten(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Return the documents to write again.

    A number glued from another page is put in place when a document is written, and Sphinx writes
    only what it read. Hence one changed page makes all documents be written: the price is seconds,
    the gain is that no document can show a number of an earlier run.
    """
    return sorted(env.found_docs) if app.paperbook_changed else []
