"""Pages of the book that run: jupytext percent scripts with one parameters cell.

Here a page is found, read and given its parameters. Nothing here imports Sphinx or what the book is
about: papermill imports this module whenever it starts.
"""

from __future__ import annotations

import ast
import difflib
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}

# papermill reads "nb:book/page.py" through PageHandler, yet warns that the name is not *.ipynb
warnings.filterwarnings("ignore", message=r"The specified file \(nb:")


class PageError(ValueError):
    """A page, profile or parameter that cannot be used; one line meant for the reader."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of an error message: the nearest known name, or all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known) or 'none'}"


def page_names(root: Path) -> list[str]:
    """Return the names of the pages that run, sorted.

    A page is a script with cells; a helper module is none, nor is what editors leave behind.
    """
    files = (root / "book").glob("[a-z]*.py")
    named = [path for path in files if re.fullmatch(r"[a-z][a-z0-9_]*", path.stem)]
    return sorted(path.stem for path in named if b"# %%" in path.read_bytes())


def page_path(root: Path, page: str) -> Path:
    """Return the source file of a page.

    Raises:
        PageError: there is no such page.
    """
    if page not in page_names(root):
        raise PageError(f"unknown page {page!r}: {nearest(page, page_names(root))}")
    return root / "book" / f"{page}.py"


def read_page(path: Path) -> NotebookNode:
    """Read a percent script as a notebook, with the kernel that papermill insists on."""
    try:
        return parse_page(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PageError(f"book/{path.name} is not UTF-8 text ({error.reason})") from None


def parse_page(text: str) -> NotebookNode:
    """Parse the text of a percent script as a notebook with stable cell ids.

    A code cell may begin with lines `#| label: fig-x`, `#| caption: ...`, `#| alt: ...`: YAML that
    ends up in the cell's metadata. Being comments, they do not make the page run again.
    """
    import jupytext  # slow to import, and not needed for `paperbook --help`

    notebook = jupytext.reads(text.removeprefix("\ufeff"), fmt="py:percent")
    if notebook.cells and re.match(r"---\n.*\n---$", notebook.cells[0].source, re.DOTALL):
        import yaml

        settings = yaml.safe_load(notebook.cells.pop(0).source.strip("-"))
        notebook.metadata.update(settings)  # keys of the header that are not under `jupyter`
    notebook.metadata["kernelspec"] = KERNEL | dict(notebook.metadata.get("kernelspec", {}))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index}"
        if cell.cell_type == "code":
            _take_options(cell)
    return notebook


def _take_options(cell: NotebookNode) -> None:
    """Move the `#|` lines of a cell into its metadata."""
    import yaml

    lines = cell.source.split("\n")
    count = next((i for i, line in enumerate(lines) if not line.startswith("#|")), len(lines))
    if not count:
        return
    text = "\n".join(line[2:].removeprefix(" ") for line in lines[:count])
    try:
        options = yaml.safe_load(text)
        label, caption = options["label"], " ".join(options["caption"].split())
    except (yaml.YAMLError, KeyError, TypeError, AttributeError):
        raise PageError(
            f"expected `#| label:` and `#| caption:` as YAML above a cell, received {text!r}"
        ) from None
    cell["source"] = "\n".join(lines[count:])
    kind = "figure" if label.startswith("fig-") else "table"
    about = {"name": label, "caption": caption}
    if kind == "table":
        cell.metadata["table"] = about
        cell.metadata.setdefault("mystnb", {})["markdown_format"] = "myst"
    else:
        cell.metadata.setdefault("mystnb", {})["figure"] = about
    if "alt" in options:
        cell.metadata["alt"] = " ".join(options["alt"].split())


def is_parameters(cell: Mapping[str, Any]) -> bool:
    """Return whether a cell is the page's parameters cell."""
    return cell["cell_type"] == "code" and "parameters" in cell["metadata"].get("tags", [])


def code_cells(notebook: NotebookNode) -> list[str]:
    """Return the source of every code cell."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def reads(notebook: NotebookNode) -> tuple[str, ...]:
    """Return what a page says that it reads: pages, and patterns of files below the root."""
    return tuple(notebook.metadata.get("paperbook", {}).get("reads", []))


def assignments(source: str) -> dict[str, ast.expr]:
    """Return the names a parameters cell assigns, each with its value's expression."""
    found: dict[str, ast.expr] = {}
    for node in ast.parse(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                found[target.id] = value
    return found


def defaults(notebook: NotebookNode, page: str) -> dict[str, Any]:
    """Return a page's parameters with their default values.

    Raises:
        PageError: more than one parameters cell, or a default that is not a plain value.
    """
    cells = [cell for cell in notebook.cells if is_parameters(cell)]
    if len(cells) > 1:
        raise PageError(f"page {page!r} has {len(cells)} parameters cells; expected at most one")
    if not cells:
        return {}
    try:
        found = assignments(cells[0].source)
        return {name: ast.literal_eval(value) for name, value in found.items()}
    except (SyntaxError, ValueError) as error:
        raise PageError(
            f"page {page!r}: its parameters cell must assign plain values ({error})"
        ) from None


def with_values(source: str, values: Mapping[str, Any]) -> str:
    """Return a parameters cell with other values in place of the defaults, comments kept."""
    lines = source.encode().splitlines(keepends=True)  # ast counts columns in bytes
    chosen = {name: node for name, node in assignments(source).items() if name in values}
    for name, node in sorted(chosen.items(), key=lambda item: item[1].lineno, reverse=True):
        if ast.literal_eval(node) == values[name]:
            continue
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        lines[first : last + 1] = [head + _literal(values[name]).encode() + tail]
    return b"".join(lines).decode()


def _literal(value: Any) -> str:
    """Return a value as the formatter writes it, with double quotes."""
    if isinstance(value, str) and "\\" not in value and '"' not in value:
        return f'"{value}"' if value.isprintable() else repr(value)
    return repr(value)


class PageHandler:
    """Lets papermill read a page: `papermill nb:book/PAGE.py out.ipynb -p NAME VALUE`."""

    @classmethod
    def read(cls, path: str) -> str:
        """Return the page as notebook JSON, with a cell that checks what papermill injects."""
        import nbformat

        file = Path(path.removeprefix("nb:"))
        notebook = read_page(file)
        for index, cell in enumerate(notebook.cells):
            if is_parameters(cell):
                check = (
                    "from paperbook import parameters as _parameters\n\n"
                    f"_parameters.accept(globals(), {defaults(notebook, file.stem)!r}, {file.stem!r})"
                )
                new = nbformat.v4.new_code_cell(check, id="cell-parameters")
                new.metadata["tags"] = ["remove-cell"]
                notebook.cells.insert(index + 1, new)
                break
        return nbformat.writes(notebook)

    @classmethod
    def listdir(cls, path: str) -> list[str]:
        """Return the pages of a folder."""
        return [f"nb:{page}" for page in sorted(Path(path.removeprefix("nb:")).glob("*.py"))]

    @classmethod
    def write(cls, buf: str, path: str) -> None:
        """Refuse: executed notebooks are written to .ipynb files."""
        raise PageError(f"{path} is a page's source; give papermill an output file *.ipynb")

    @classmethod
    def pretty_path(cls, path: str) -> str:
        """Return the path as papermill prints it."""
        return path
