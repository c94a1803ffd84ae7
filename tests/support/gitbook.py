"""The tiny book in a repository of its own, for what asks for its history."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from paperbook import planned, records
from paperbook.experiments import run_key
from tests.support.tinybook import TinyBook


class GitBook(TinyBook):
    """A tiny book under git, with a smoke profile."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        (root / "params/smoke.yml").write_text("measure: {factor: 2.0}\n")
        (root / ".gitignore").write_text("runs/\nlog.txt\n__pycache__/\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("first")

    def git(self, *words: str) -> str:
        """Run git in the book and return what it prints."""
        own = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        me = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
        me |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}
        me |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        words = ("-c", "commit.gpgsign=false", *words)
        done = subprocess.run(
            ["git", "-C", str(self.root), *words],
            env=own | me,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit everything and return the revision."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def publish(self, name: str = "seed_0", **other: object) -> Path:
        """Write a record as a run of the profile `full` would, without running.

        Args:
            name: of a planned record.
            other: arguments of `records.new` that are to differ.
        """
        book = planned.Book(self.root)
        plan = next(plan for plan in book.page("measure") if plan.name == name)
        about = {
            "parameters": plan.parameters,
            "metrics": {"value": 1.0},
            "seconds": {"total": 60.0},
            "code_key": plan.code,
            "profile": "full",
            "experiment": plan.experiment,
            "packages": plan.packages,
        }
        about |= other
        key = run_key(about["code_key"], plan.parameters, plan.packages)
        record = records.new("measure", **about, key=key)
        return records.write(record, name, self.root / "results")
