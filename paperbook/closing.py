"""How a chapter ends: what it cost, how to run it again, what to take away, where to go on.

A page that opens with a box "In short" is a chapter. Its end is made from its parameters, its
records and the table of contents, so that no page repeats it; the audit makes it again and compares.
"""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from paperbook import manifest, pages, records, tables, workspace
from paperbook.manifest import Manifest

SHORT = re.compile(r"^:::+\{admonition\} In short$", re.MULTILINE)
QUESTION = re.compile(r"\*\*Question\.\*\*\s+(.+?)(?=\n\s*\n|\*\*Method|\n:::)", re.DOTALL)
LONGEST = 60  # characters of a parameter's value


@dataclass(frozen=True)
class Neighbour:
    """The page before or after.

    Attributes:
        document: its name in the table of contents.
        title: its heading.
        question: that it asks; "" for one that is no chapter.
    """

    document: str
    title: str
    question: str


@dataclass(frozen=True)
class Closing:
    """The end of one chapter.

    Attributes:
        cost: what its runs took, a line a kind.
        parameters: name and value of each.
        command: that runs it with one parameter in another way; "" for a page of words.
        taken: pages whose published records can be taken away as a table.
        before: the page before it, if any.
        after: the page after it, if any.
    """

    cost: tuple[str, ...]
    parameters: tuple[str, ...]
    command: str
    taken: tuple[str, ...]
    before: Neighbour | None
    after: Neighbour | None

    def words(self) -> str:
        """All that it shows."""
        beside = [each for each in (self.before, self.after) if each]
        told = [*self.cost, *self.parameters, self.command, *self.taken]
        return "\n".join([*told, *(f"{one.title}\n{one.question}" for one in beside)])


def of(root: Path, document: str, run: Manifest | None) -> Closing | None:
    """The end of a page, or None for one that is no chapter.

    Args:
        root: of the book.
        document: name of the page in the table of contents, such as "book/mnist_clean".
        run: its stored run, or None for a page of words.
    """
    if not SHORT.search(text_of(root, document)):
        return None
    listed = contents(root)
    place = listed.index(document) if document in listed else -1
    around = [
        listed[i] if place >= 0 and 0 <= i < len(listed) else None for i in (place - 1, place + 1)
    ]
    before, after = (neighbour(root, name) if name else None for name in around)
    if run is None:
        return Closing((), (), "", (), before, after)
    page = Path(document).name
    notebook = pages.read_page(pages.page_path(root, page))
    told = pages.defaults(notebook, page) | run.parameters
    found = records.load(page, workspace.published(root))
    cost = costs(found) or (f"this page ran in {duration(run.seconds)}",)
    taken = (page,) if found else _read(notebook, workspace.published(root))
    parameters = tuple(f"{name} = {_short(value)}" for name, value in told.items())
    return Closing(cost, parameters, command(page, told), taken, before, after)


def command(page: str, parameters: Mapping[str, Any]) -> str:
    """The line that runs a page through papermill, with its first plain parameter."""
    plain = [(n, v) for n, v in parameters.items() if isinstance(v, int | float | str)]
    given = "".join(f" -p {name} {value}" for name, value in plain[:1])
    return f"papermill nb:book/{page}.py out.ipynb{given} --cwd book"


def costs(found: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What the runs of a page took, a line an experiment."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for record in found:
        kinds.setdefault(record.get("experiment") or "", []).append(record)
    return tuple(_cost(name, runs) for name, runs in kinds.items())


def _cost(name: str, runs: Sequence[Mapping[str, Any]]) -> str:
    took = [sum(run["seconds"].values()) for run in runs]
    each = f"{duration(statistics.median(took))} each (median)"
    if max(took) > 2 * statistics.median(took):  # runs of several kinds
        each += f", {duration(max(took))} at most,"
    cores = sorted({run["environment"]["cores"] for run in runs})
    told = "–".join(str(n) for n in dict.fromkeys((cores[0], cores[-1])))
    count = (
        f"{len(runs)} published runs, {each}" if len(runs) > 1 else f"one run, {duration(took[0])}"
    )
    said = f"{count} on {told} core{'' if told == '1' else 's'}"
    return f"{name}: {said}" if name else said


def duration(seconds: float) -> str:
    """Seconds in the unit that suits them."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else "less than a second"


def contents(root: Path) -> list[str]:
    """Documents in the order of the table of contents."""
    told = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    parts = [{"chapters": told.get("chapters", [])}, *told.get("parts", [])]
    return [told["root"], *(entry["file"] for part in parts for entry in part["chapters"])]


def neighbour(root: Path, document: str) -> Neighbour:
    """What a page says of the one beside it."""
    text = text_of(root, document)
    titles = manifest.titles({"": text})
    asked = QUESTION.search(text) if SHORT.search(text) else None
    return Neighbour(
        document, titles.get("", document), " ".join(asked[1].split()) if asked else ""
    )


def text_of(root: Path, document: str) -> str:
    """The Markdown of a page, whichever kind it is; an included file stands in its place."""
    for path in (root / f"{document}.py", root / f"{document}.md"):
        if path.is_file():
            text = path.read_text("utf-8-sig")
            if path.suffix == ".py":
                return re.sub(r"^# ?(?!%%)", "", text, flags=re.MULTILINE)
            included = re.match(r"```\{include\} (\S+)", text)
            return (path.parent / included[1]).read_text("utf-8-sig") if included else text
    return ""


def table(page: str, folder: Path) -> str:
    """The records of a page as comma-separated values, a line a run."""
    frame = tables.frame(records.load(page, folder))
    frame.insert(0, "record", [path.stem for path in records.paths(page, folder)])
    lists = frame.map(lambda value: isinstance(value, list | dict))
    return frame.where(~lists, frame.map(json.dumps, na_action="ignore")).to_csv(index=False)


def _read(notebook: Any, folder: Path) -> tuple[str, ...]:
    """Pages whose published records a page reads."""
    names = {Path(name).parent.name for name in pages.reads(notebook) if "/" in name}
    if "*" in names:
        names = {path.name for path in folder.glob("*") if path.is_dir()}
    return tuple(sorted(name for name in names if records.paths(name, folder)))


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2]} …"
