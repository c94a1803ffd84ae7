"""`experiment`: a function of a page that is timed, cached, resumed and recorded.

Calling it gives a `Run`. If the same code was called with the same parameters before, in whatever
profile or page build, the outcome comes from the cache and nothing is computed.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from paperbook import certificates, dependencies, only, reach, records, workspace
from paperbook.cache import Entry
from paperbook.files import alone, sweep

CHECKPOINT = "checkpoint"  # argument that the press fills in
TURNS = "PAPERBOOK_TURNS"  # set where pages run side by side: computing is done one at a time


class Run:
    """One finished run of an experiment.

    Attributes:
        name: of its record.
    """

    def __init__(
        self, name: str, find: Callable[[], dict[str, Any]], get: Callable[[str], Any]
    ) -> None:
        self.name, self._find, self._get = name, find, get
        self._open: dict[str, Any] = {}

    @functools.cached_property
    def record(self) -> dict[str, Any]:
        """The record, which is computed when it is first asked for."""
        return self._find()

    @property
    def parameters(self) -> dict[str, Any]:
        """What the run was told."""
        return self.record["parameters"]

    @property
    def metrics(self) -> dict[str, Any]:
        """What was measured."""
        return self.record["metrics"]

    @property
    def seconds(self) -> dict[str, float]:
        """Wall-clock time of each stage, s."""
        return self.record["seconds"]

    @property
    def reference(self) -> str:
        """Page, name and key: what an experiment that is given this run is told, and depends on."""
        key = self.record.get("key") or self.record["code"]["key"]
        return f"{self.record['page']}/{self.name} {key[:16]}"

    def __getitem__(self, name: str) -> Any:
        """One thing that the run kept: a model, an array, plain values."""
        if name not in self._open:
            self._open[name] = self._get(name)
        return self._open[name]

    def __repr__(self) -> str:
        return f"Run({self.name!r})"


def experiment(
    function: Callable | None = None,
    *,
    name: str | None = None,
    load: Callable[[Path], Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    synthetic_data: bool = False,
    notes: str | None = None,
) -> Callable:
    """Make a function of a page an experiment.

    The function returns its metrics, or a pair of its metrics and what is to be kept: a mapping of
    names to arrays, plain values, or objects with a method `save(path)`. Under "data" it may keep
    the sha256 sums of its data; they go into the record. If it has an argument `checkpoint`, it
    is given a folder that outlives a killed process, or None outside a book. An argument that is a
    `Run`, such as one of another page, counts by its page, name and key.

    Args:
        name: of the record, with parameters in braces, such as "L{latent_dim}_seed_{seed}"; by
            default the arguments and their values.
        load: opens what saved itself.
        parameters: further ones of every record, such as the name of the method.
        synthetic_data: whether any of the data is generated rather than measured.
        notes: stands in the record.

    Returns:
        A function with the same arguments, less `checkpoint`, that returns a `Run`.
    """
    about: dict[str, Any] = {
        "parameters": parameters,
        "synthetic_data": synthetic_data,
        "notes": notes,
    }
    if function is None:
        return functools.partial(experiment, name=name, load=load, **about)
    made = _Experiment(function, name, load, **about)
    return functools.wraps(function)(lambda *args, **kwargs: made.run(*args, **kwargs))


class _Experiment:
    def __init__(
        self,
        function: Callable,
        name: str | None,
        load: Callable[[Path], Any] | None,
        parameters: Mapping[str, Any] | None,
        synthetic_data: bool,
        notes: str | None,
    ) -> None:
        self.function, self.template, self.load = function, name, load
        self.parameters = dict(parameters or {})
        self.synthetic_data, self.notes = synthetic_data, notes
        self.signature = inspect.signature(function)
        self.reached: dependencies.Reached | None = None

    def run(self, *args: Any, **kwargs: Any) -> Run:
        arguments = self._arguments(args, kwargs)
        reached = self._reach()
        variables = self.function.__globals__
        read = {n: variables[n] for n in (reached.parameters if reached else ()) if n in variables}
        told = self.parameters | read | arguments
        told = {n: v.reference if isinstance(v, Run) else v for n, v in told.items()}
        parameters = records.without_paths(records.plain(told))
        name = record_name(self.template, arguments, parameters)
        book = workspace.root_or_none()
        if book is None or reached is None:
            return self._outside(name, arguments, parameters)
        packages = dependencies.versions(reached.packages)
        # a helper may read a page's value under the name that an argument has
        both = {f"page {n}": records.plain(v) for n, v in read.items() if n in arguments}
        about = _page(), self.function.__name__, reached.key, parameters
        codes = (reached.key, *certificates.Chain(book).older(*about))
        keys = [run_key(code, parameters | both, packages) for code in codes]
        entries = [Entry(workspace.cache(book), self.function.__name__, key) for key in keys]
        entry = next((each for each in entries if each.record()), entries[0])

        def find() -> dict[str, Any]:
            with alone(entry.lock, f"experiment {self.function.__name__} ({name})"):
                found = entry.record() or _published(name, keys)
                if found is None:
                    found = self._compute(entry, arguments, parameters, reached, packages)
            return self._published_by(self._about(found), name)

        def get(wanted: str) -> Any:
            with alone(entry.lock, f"experiment {self.function.__name__} ({name})"):
                if entry.record() is None:  # only the record was published
                    self._compute(entry, arguments, parameters, reached, packages)
                return entry.get(wanted, self.load)

        return only.run(Run(name, find, get))

    def _published_by(self, record: dict[str, Any], name: str) -> dict[str, Any]:
        """The record as this page writes it."""
        folder = os.environ.get("PAPERBOOK_RECORDS")
        if folder:
            record = record | {"page": _page(), "profile": workspace.profile()}
            records.write(record, name, folder)
        return record

    def _about(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record with what the page says of it now; it may be from an earlier build."""
        told = record | {"synthetic_data": self.synthetic_data, "notes": self.notes}
        return {name: value for name, value in told.items() if value is not None}

    def _compute(
        self,
        entry: Entry,
        arguments: dict,
        parameters: dict,
        reached: dependencies.Reached,
        packages: dict[str, str],
    ) -> dict[str, Any]:
        entry.unfinished.mkdir(parents=True, exist_ok=True)
        sweep(entry.unfinished)
        with _turn(entry.lock.with_name(".turn")):
            metrics, kept, seconds = self._call(arguments, entry.unfinished)
        record = records.new(
            _page(),
            parameters=parameters,
            metrics=metrics,
            seconds=seconds,
            code_key=reached.key,
            experiment=self.function.__name__,
            key=entry.key,
            packages=packages,
            data=kept.pop("data", None),
            synthetic_data=self.synthetic_data,
            notes=self.notes,
        )
        entry.store(record, kept)
        return record

    def _reach(self) -> dependencies.Reached | None:
        """What the function reaches.

        A page that the press runs is executed once, so the code of the first call counts for all:
        it is the code in memory, whatever happens to the files while a long run goes on.
        """
        started = os.environ.get("PAPERBOOK_STARTED")
        if started is None or self.reached is None:
            self.reached = reach.of(self.function)
            reach.check_older(self.reached, started)
        return self.reached

    def _outside(self, name: str, arguments: dict, parameters: dict) -> Run:
        """Compute without a book around: nothing is stored."""
        metrics, kept, seconds = self._call(arguments, None)
        data = kept.pop("data", None)
        record = records.new(
            _page(),
            parameters=parameters,
            metrics=metrics,
            seconds=seconds,
            code_key=hashlib.sha256(inspect.getsource(self.function).encode()).hexdigest(),
            experiment=self.function.__name__,
            data=data,
            synthetic_data=self.synthetic_data,
            notes=self.notes,
        )
        return Run(name, lambda: record, kept.__getitem__)

    def _call(self, arguments: dict, checkpoint: Path | None) -> tuple[dict, dict, dict]:
        given = dict(arguments)
        if CHECKPOINT in self.signature.parameters:
            given[CHECKPOINT] = checkpoint
        begin = time.perf_counter()
        outcome = self.function(**given)
        elapsed = time.perf_counter() - begin
        metrics, kept = outcome if isinstance(outcome, tuple) else (outcome, {})
        told = [dict(thing.seconds_) for thing in kept.values() if hasattr(thing, "seconds_")]
        return dict(metrics), dict(kept), told[0] if len(told) == 1 else {"total": elapsed}

    def _arguments(self, args: Sequence, kwargs: Mapping) -> dict[str, Any]:
        given = dict(kwargs)
        if CHECKPOINT in self.signature.parameters:
            given[CHECKPOINT] = None
        bound = self.signature.bind(*args, **given)
        bound.apply_defaults()
        return {name: value for name, value in bound.arguments.items() if name != CHECKPOINT}


def record_name(
    template: str | None, arguments: Iterable[str], parameters: Mapping[str, Any]
) -> str:
    """Name of a record.

    Args:
        template: with parameters in braces; the arguments and their values when there is none.
        arguments: their names.
        parameters: what the run is told, by name.
    """
    template = template or "_".join(f"{name}_{{{name}}}" for name in arguments) or "run"
    text = template.format(**{n: _short(v) for n, v in parameters.items()})
    return re.sub(r"[^A-Za-z0-9_=-]+", "_", text)


def run_key(code: str, parameters: Mapping[str, Any], packages: Mapping[str, str]) -> str:
    """Hash of all that a run depends on: code, parameters, versions."""
    content = [code, sorted(parameters.items()), sorted(packages.items())]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _turn(lock: Path) -> contextlib.AbstractContextManager:
    """Wait until no other page of this build is computing."""
    return alone(lock, "an experiment") if os.environ.get(TURNS) else contextlib.nullcontext()


def _published(name: str, keys: Sequence[str]) -> dict[str, Any] | None:
    """The record of exactly this run in the folder that records go to, if it is there already."""
    folder = os.environ.get("PAPERBOOK_RECORDS")
    try:
        found = records.read(Path(folder or ".", _page(), f"{name}.json"))
    except (OSError, ValueError):
        return None
    return found if found.get("key") in keys else None


def _page() -> str:
    return os.environ.get("PAPERBOOK_PAGE") or "notebook"


def _short(value: Any) -> str:
    return f"{value:g}".replace(".", "p") if isinstance(value, float) else str(value)
