"""Docstrings as they are written here, plain text with `code` in single backticks, for autodoc."""

import contextlib
import importlib
import os
import re

from sphinx.application import Sphinx

from paperbook.kernel import standard_error_to

ANNOTATED = re.compile(r"~?(?:typing\.)?Annotated\[((?:(?!Annotated\[).)+?), '[^']*'\]")


def setup(app: Sphinx) -> None:
    """Connect before napoleon (priority 500) reads the sections."""
    app.connect("autodoc-process-docstring", translate, priority=400)
    app.connect("autodoc-skip-member", skip)
    app.connect("source-read", load_quietly)
    app.connect("autodoc-process-signature", without_shapes, priority=900)  # after autodoc noted it


def translate(
    app: Sphinx, what: str, name: str, item: object, options: object, lines: list[str]
) -> None:
    """Turn backticks into literals, and escape what reStructuredText would read as markup."""
    if what == "property" and lines:  # napoleon takes what stands before a colon for its type
        lines[0] = lines[0].replace(": ", " – ", 1)
    lines[:] = list(map(reworded, lines))


def skip(
    app: Sphinx, what: str, name: str, item: object, skipped: bool, options: object
) -> bool | None:
    """Leave out the fields of a named tuple that only say which field they are."""
    return True if (item.__doc__ or "").startswith("Alias for field number") else None


def without_shapes(app: Sphinx, what: str, name: str, *more: object) -> None:
    """Leave the shape out of a type that has one, `Annotated[Tensor, 'N L']`: the text says it."""
    types = app.env.temp_data.get("annotations", {}).get(name, {})
    for argument, text in types.items():
        while text != (text := ANNOTATED.sub(r"\1", text)):
            types[argument] = text


def reworded(line: str) -> str:
    """Return one line of a docstring as reStructuredText."""
    if line.lstrip().startswith((">>>", "..")):
        return line
    parts = re.split(r"(``[^`]+``|`[^`]+`)", line)
    for index, part in enumerate(parts):
        if index % 2:
            parts[index] = part if part.startswith("``") else f"`{part}`"
        else:
            parts[index] = re.sub(r"([*|])|(?<=\w)(_)(?!\w)", r"\\\g<0>", part)
    # a letter and a full stop would begin a numbered list
    return re.sub(r"((?:^|: )\s*)([A-Za-z]\.)(?=\s|$)", r"\1\\\2", "".join(parts))


def load_quietly(app: Sphinx, docname: str, source: list[str]) -> None:
    """Import what autodoc will, without the lines that some libraries write when they start."""
    with standard_error_to(os.devnull):
        for name in re.findall(r"automodule:: *([\w.]+)", source[0]):
            with contextlib.suppress(Exception):  # autodoc says what is wrong with it
                importlib.import_module(name)
