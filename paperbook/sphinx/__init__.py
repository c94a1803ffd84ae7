"""The Sphinx extension of this book: pages are executed by papermill inside `jupyter-book build`.

A page is a percent script in `book/`. It is executed with the parameters of the chosen profile
(environment variable BOOK_PROFILE, `quick` when unset) unless `runs/<profile>/` holds a run with
the same key.
"""

import hashlib
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from paperbook.sphinx import (
    bars,
    cards,
    closing,
    docstrings,
    download,
    glossary,
    images,
    names,
    offline,
    page,
    reader,
    repository,
    rooms,
    runs,
    site,
    sources,
    tested,
)
from paperbook.sphinx.reader import read

__all__ = ["read", "setup"]


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension to Sphinx."""
    reader.setup(app)
    runs.setup(app)
    images.setup(app)
    download.setup(app)
    docstrings.setup(app)
    sources.setup(app)
    tested.setup(app)
    names.setup(app)
    glossary.setup(app)
    rooms.setup(app)
    repository.setup(app)
    closing.setup(app)
    offline.setup(app)
    bars.setup(app)
    page.setup(app)
    site.setup(app)
    cards.setup(app)
    code = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return {
        "version": "1",
        # an edit of the extension re-reads every page; nothing is executed again
        "env_version": int(hashlib.sha256(code).hexdigest()[:8], 16),
        "parallel_read_safe": False,
        "parallel_write_safe": True,
    }
