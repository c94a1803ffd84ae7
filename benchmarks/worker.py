"""Processes that take turns: one waits for a line, works, and answers with a line.

TensorFlow and PyTorch in one process would fight over threads, so each contestant has a process of
its own; all stay alive, and only the one whose turn it is computes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Answer = Mapping[str, Any]


class WorkerError(RuntimeError):
    """A worker ended without an answer."""


class Worker:
    """A contestant in a process of its own.

    Args:
        module: has a `main(options, channel)`, such as "benchmarks.theirs".
        options: what it is told, JSON types only.
        environment: variables added to its environment.
    """

    def __init__(
        self, module: str, options: Answer, environment: Mapping[str, str] | None = None
    ) -> None:
        self.module = module
        command = [sys.executable, "-m", "benchmarks.worker", module, json.dumps(options)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | dict(environment or {}),
        )

    def answer(self) -> dict[str, Any]:
        """Wait for the next line of the worker.

        Raises:
            WorkerError: it ended instead; what it had to say stands on the error stream.
        """
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            raise WorkerError(
                f"Worker {self.module!r} ended with exit code {code} instead of an answer; "
                "the reason stands above."
            )
        return json.loads(line)

    def ask(self, request: str) -> dict[str, Any]:
        """Give it the turn and wait for what it found."""
        self._process.stdin.write(request + "\n")
        self._process.stdin.flush()
        return self.answer()

    def close(self) -> None:
        """End it and wait until it is gone."""
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Channel:
    """The worker's end of the line.

    Whatever libraries print goes to the error stream, so that answers are the only output.
    """

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def request(self) -> str | None:
        """The next request; None when there will be no more."""
        return sys.stdin.readline().strip() or None

    def say(self, answer: Answer) -> None:
        """Send an answer."""
        print(json.dumps(answer), file=self._answers, flush=True)

    def serve(self, handlers: Mapping[str, Callable[[], Answer]]) -> None:
        """Answer requests by name until there are no more."""
        while (request := self.request()) is not None:
            self.say(handlers[request]())


def main() -> None:
    """Entry of a worker process: module name and options stand on the command line."""
    import importlib

    module, options = sys.argv[1:]
    os.environ["TQDM_DISABLE"] = "1"  # bars drawn for nobody only cost time
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    importlib.import_module(module).main(json.loads(options), Channel())


if __name__ == "__main__":
    main()
