"""A built page beside what it has to show: its numbers, pictures, code, references, docstrings."""

from __future__ import annotations

import ast
import difflib
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import PurePosixPath
from urllib.parse import urldefrag

from paperbook.finding import Finding
from paperbook.manifest import Manifest
from paperbook.shown import NUMBER, Shown

WORD = re.compile(rf"{NUMBER.pattern}|[^\W\d_]+")
Context = tuple[str | None, str, str | None]


def page_numbers(
    place: str, expected: Sequence[tuple[str, str]], shown: Shown, documented: Collection[Context]
) -> Iterator[Finding]:
    """Numbers of prose, captions and tables that are not those of the source and of its run.

    Args:
        place: file of the page.
        expected: from `manifest.expected`.
        shown: the built page.
        documented: what the docstrings say, for a page that shows some beside its own prose.
    """
    found = list(shown.numbers())
    if documented:
        yield from _mixed(place, expected, found, documented)
        return
    here, there = [number for number, _ in expected], [number for number, _, _ in found]
    if here == there:
        return
    for kind, a, b, c, d in difflib.SequenceMatcher(None, here, there, False).get_opcodes():
        if kind == "equal":
            continue
        line = f":{found[c][2]}" if c < len(found) else ""
        was = "; ".join(f"{n} in “{words}”" for n, words in expected[a:b][:3])
        now = "; ".join(f"{n} in “{words}”" for n, words, _ in found[c:d][:3])
        message = f"shows {now or 'nothing'}, where its source and its run have {was or 'nothing'}"
        yield Finding("numbers", f"{place}{line}", message)


def _mixed(
    place: str,
    expected: Sequence[tuple[str, str]],
    found: Sequence[tuple[str, str, int]],
    documented: Collection[Context],
) -> Iterator[Finding]:
    """The same for a page that shows docstrings: beside its own numbers may stand theirs."""
    own = {context for _, words in expected for context in contexts(words)}
    waiting = list(expected)
    for number, words, line in found:
        if waiting and waiting[0][0] == number:
            waiting.pop(0)
            continue
        here = [context for context in contexts(words) if context[1] == number]
        if not any(context in documented or context in own for context in here):
            message = f"shows {number} in “{words}”, which stands in no source"
            yield Finding("numbers", f"{place}:{line}", message)
    if waiting:
        number, words = waiting[0]
        yield Finding("numbers", place, f"does not show {number} in “{words}”")


def closing(place: str, expected: str, shown: Shown) -> Iterator[Finding]:
    """Numbers of the end of a chapter that are not those of its parameters and records.

    Args:
        place: file of the page.
        expected: words of `closing.Closing`, "" for a page that has no such end.
        shown: the built page.
    """
    here, there = sorted(NUMBER.findall(expected)), sorted(NUMBER.findall(" ".join(shown.closing)))
    if here != there:
        wrong = ", ".join(n for n in there if n not in here) or "other numbers"
        yield Finding("numbers", place, f"shows {wrong} at its end, where its records have others")


def contexts(text: str) -> Iterator[Context]:
    """Every number of a text between its neighbours, None at an end."""
    parts: list[str | None] = [None, *WORD.findall(text), None]
    for before, part, after in zip(parts, parts[1:], parts[2:], strict=False):
        if part is not None and NUMBER.fullmatch(part):
            yield before, part, after


def documented(sources: Collection[str]) -> set[Context]:
    """Contexts of all numbers of some files of Python, with and without one of the neighbours."""
    found: set[Context] = set()
    trees = [ast.parse(text) for text in sources]
    constants = dict(pair for tree in trees for pair in _constants(tree))
    for text, tree in zip(sources, trees, strict=True):
        for words in (text, *_signatures(tree, constants)):
            for before, number, after in contexts(words):
                found |= {(before, number, after), (None, number, after), (before, number, None)}
    return found


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _signatures(tree: ast.Module, constants: Mapping[str, ast.expr]) -> Iterator[str]:
    """Names and defaults of arguments and fields, as a documented signature has them."""

    def told(name: str | None, value: ast.expr) -> str:
        if isinstance(value, ast.Name | ast.Attribute):
            value = constants.get(ast.unparse(value).split(".")[-1], value)
        return f"{name} {_value(value)}"

    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            named = [*node.posonlyargs, *node.args]
            pairs = [
                *zip(named[len(named) - len(node.defaults) :], node.defaults, strict=True),
                *((a, v) for a, v in zip(node.kwonlyargs, node.kw_defaults, strict=True) if v),
            ]
            yield ", ".join(told(argument.arg, value) for argument, value in pairs)
        elif isinstance(node, ast.Call):
            yield ", ".join(told(keyword.arg, keyword.value) for keyword in node.keywords)
        elif isinstance(node, ast.ClassDef):
            fields = [n for n in node.body if isinstance(n, ast.AnnAssign) and n.value]
            yield ", ".join(told(ast.unparse(n.target), n.value) for n in fields if n.value)


def _value(node: ast.expr) -> str:
    """An expression as its value is shown; a fraction is a number."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        above, below = node.left, node.right
        if isinstance(above, ast.Constant) and isinstance(below, ast.Constant):
            return repr(above.value / below.value)  # type: ignore[operator]
    return ast.unparse(node)


def docstrings(place: str, shown: Shown, known: Collection[Context]) -> Iterator[Finding]:
    """Numbers of what was taken from docstrings that stand in no source like that."""
    named = [(text, line, True) for text, line in shown.signatures]
    for text, line, named_only in [(*doc, False) for doc in shown.docs] + named:
        for before, number, after in contexts(text):
            context = before, number, None if named_only else after
            if not _known(context, known):
                words = " ".join(part or "" for part in context).strip()
                yield Finding("docstrings", f"{place}:{line}", f"“{words}” stands in no source")


def _known(context: Context, known: Collection[Context]) -> bool:
    return context[0] is context[2] is None or context in known


def code(place: str, shown: Shown, known: Collection[str]) -> Iterator[Finding]:
    """Lines of code, and of what code printed, that hold a number and stand nowhere.

    Args:
        place: file of the page.
        shown: the built page.
        known: lines of the sources and of what the run printed, without spaces.
    """
    for block in shown.code:
        for line in block.splitlines():
            if NUMBER.search(line) and squeezed(line) not in known:
                yield Finding("code", place, f"shows “{line.strip()}”, which stands in no source")


def squeezed(line: str) -> str:
    """A line without its spaces."""
    return "".join(line.split())


def names(run: Manifest) -> dict[str, bytes]:
    """Pictures of a run under the names that they have in a built book, in order."""
    found: dict[str, bytes] = {}
    order = ("phone", "", "phone.dark", "dark")  # of a figure in the page
    for versions in (picture for cell in run.images for picture in cell):
        name = hashlib.sha256(versions[""]).hexdigest()
        for version in (known for known in order if known in versions):
            found[f"{name}.{version}.png" if version else f"{name}.png"] = versions[version]
    return found


def pictures(
    place: str, shown: Shown, run: Manifest | None, files: Mapping[str, bytes]
) -> Iterator[Finding]:
    """Pictures that are not those of the stored run.

    Args:
        place: file of the page.
        shown: the built page.
        run: its stored run.
        files: name -> content of the pictures of the built book.
    """
    wanted = names(run) if run else {}
    present = [PurePosixPath(source).name for source in shown.images if "_images/" in source]
    if sorted(present) != sorted(wanted):
        strange = [n for n in present if n not in wanted] or [n for n in wanted if n not in present]
        message = f"its pictures are not those of its run: {', '.join(n[:16] for n in strange)}"
        yield Finding("pictures", place, message)
    elif present != list(wanted):
        yield Finding("pictures", place, "its pictures do not stand in the order of its run")
    for name, content in wanted.items():
        if name in present and files.get(name) != content:
            yield Finding("pictures", f"_images/{name}", f"is not the picture of {place}'s run")


def counted(place: str, shown: Shown, chapter: str) -> Iterator[Finding]:
    """Numbers of sections, equations, figures and tables that are out of turn.

    Args:
        place: file of the page.
        shown: the built page.
        chapter: its number by the table of contents, "" without one.
    """
    last: dict[str, int] = {}
    for name, text in shown.counted.items():
        kind, _, number = text.strip(".").rpartition(" ")
        if number == chapter:
            continue
        above, _, own = number.rpartition(".")
        section = text.endswith(".")
        key = f"section {above}" if section else kind
        inside = above == chapter or (section and above.startswith(f"{chapter}."))
        turn = int(own) if own.isdigit() else 0
        before = last.get(key, 0 if chapter else turn - 1)  # else they run through the book
        turns = range(before + 1, 10**4 if section and shown.docs else before + 2)  # docs are gaps
        if turn < 1 or not inside or turn not in turns:
            yield Finding("counted", place, f"{name} is numbered {text!r}, out of turn")
        last[key] = turn


def drawings(place: str, shown: Shown, drawn: Sequence[str]) -> Iterator[Finding]:
    """Numbers in drawings that are not those of what is drawn."""
    here = [number for text in shown.drawings for number in NUMBER.findall(text)]
    wanted = [number for text in drawn for number in NUMBER.findall(text)]
    if here != wanted:
        pairs = zip_longest(here, wanted)
        has, right = next(pair for pair in pairs if pair[0] != pair[1])
        yield Finding("drawings", place, f"a drawing shows {has}, where it should show {right}")


def references(place: str, page: str, pages: Mapping[str, Shown]) -> Iterator[Finding]:
    """References whose number is not the number of what they lead to."""
    for target, text in pages[page].references:
        if not NUMBER.search(text):
            continue
        address, name = urldefrag(target)
        other = PurePosixPath(address).stem or page
        known = pages[other].counted.get(name) if other in pages else None
        if known is None or known.split()[-1] != text.split()[-1]:
            message = f"refers to “{text}”, and {target} is {known or 'without a number'}"
            yield Finding("references", place, message)


def citations(place: str, shown: Shown, bibliography: str) -> Iterator[Finding]:
    """Citations whose years are not those of the bibliography."""
    known = set(NUMBER.findall(bibliography))
    known |= {number[-2:] for number in known if len(number) == 4}  # of a year, in a label
    for text in shown.citations:
        for number in NUMBER.findall(text):
            if number not in known:
                yield Finding("citations", place, f"cites “{text.strip()}”; no entry has {number}")
