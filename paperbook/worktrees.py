"""Other revisions of a book in temporary folders, and runs of their pages by their own code."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from paperbook import records

# One thread sums in one order. On processors TensorFlow agrees with itself with more of them too;
# linear algebra that cuts its work by what is idle need not.
STEADY = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_DETERMINISTIC_OPS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}


class Worktree:
    """One revision of a book, checked out beside it.

    Attributes:
        root: of the book in that revision.
        revision: the commit.
    """

    def __init__(self, root: Path, revision: str) -> None:
        self.root, self.revision = root, revision
        self.records = root / "runs" / "compared"

    @property
    def cache(self) -> Path:
        """Folder of its experiments."""
        return self.root / "runs" / "cache"

    def run(self, page: str, profile: str) -> str:
        """Execute a page; return the last line of what went wrong, or nothing.

        Args:
            page: its name.
            profile: of its parameters.
        """
        words = ["run", page, "--profile", profile, "--records", str(self.records)]
        done = self._python("-m", "paperbook.cli", *words)
        said = (done.stderr or done.stdout).strip().splitlines()
        return "" if done.returncode == 0 else (said[-1] if said else "it failed")

    def files(self, page: str) -> dict[str, Path]:
        """Records that the page wrote, by name."""
        return {path.stem: path for path in (self.records / page).glob("[!.]*.json")}

    def packages(self) -> dict[str, str]:
        """Versions of the packages that the records name."""
        found: dict[str, str] = {}
        for path in records.every(self.records):
            told = json.loads(path.read_text(encoding="utf-8"))["environment"]
            other = ("device", "cores", "platform")
            found |= {n: v for n, v in told.items() if n not in other}
        return dict(sorted(found.items()))

    def _python(self, *words: str) -> subprocess.CompletedProcess[str]:
        own = {n: v for n, v in os.environ.items() if not n.startswith(("PAPERBOOK_", "GIT_"))}
        paths = [str(self.root), *filter(None, [own.get("PYTHONPATH")])]
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env=own | STEADY | {"PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            check=False,
        )


def resolve(root: Path, revision: str) -> str:
    """The commit that a name stands for.

    Raises:
        LookupError: this checkout has no such revision.
    """
    try:
        return _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except RuntimeError:
        raise LookupError(f"this checkout has no revision {revision!r}") from None


@contextlib.contextmanager
def checked_out(root: Path, revision: str) -> Iterator[Worktree]:
    """Check a commit out in a temporary folder, which goes in any case.

    Args:
        root: of the book.
        revision: the commit.
    """
    folder = Path(tempfile.mkdtemp(prefix="paperbook-")).resolve()
    try:
        _git(root, "worktree", "add", "--quiet", "--detach", str(folder / "book"), revision)
        yield Worktree(folder / "book", revision)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _git(root, "worktree", "prune")


def _git(root: Path, *words: str) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-C", str(root), *words], capture_output=True, text=True, check=False, env=own
    )
    if done.returncode:
        raise RuntimeError(f"git {words[0]}: {done.stderr.strip() or 'failed'}")
    return done.stdout.strip()
