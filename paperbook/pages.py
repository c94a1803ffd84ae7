"""Pages of the book that run: jupytext percent scripts with one parameters cell.

Here a page is found, read, given its parameters and named by a key. The key is a hash of everything
its numbers depend on, so two runs with equal keys are the same run. Nothing here imports TensorFlow
or Sphinx: papermill imports this module whenever it starts.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import json
import re
import warnings
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

DEFAULT_PROFILE = "quick"
TOOLS = ("cli.py", "doctor.py", "pages.py", "runner.py")  # they start pages, no page uses them
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
    """Return the names of the pages that run, sorted."""
    return sorted(path.stem for path in (root / "book").glob("*.py"))


def page_path(root: Path, page: str) -> Path:
    """Return the source file of a page.

    Raises:
        PageError: there is no such page.
    """
    path = root / "book" / f"{page}.py"
    if not path.is_file():
        raise PageError(f"unknown page {page!r}: {nearest(page, page_names(root))}")
    return path


def read_page(path: Path) -> NotebookNode:
    """Read a percent script as a notebook, with the kernel that papermill insists on."""
    return parse_page(path.read_text(encoding="utf-8"))


def parse_page(text: str) -> NotebookNode:
    """Parse the text of a percent script as a notebook with stable cell ids."""
    import jupytext  # slow to import, and not needed for `fplib --help`

    notebook = jupytext.reads(text, fmt="py:percent")
    if notebook.cells and re.match(r"---\n.*\n---$", notebook.cells[0].source, re.DOTALL):
        import yaml

        settings = yaml.safe_load(notebook.cells.pop(0).source.strip("-"))
        notebook.metadata.update(settings)  # keys of the header that are not under `jupyter`
    notebook.metadata["kernelspec"] = KERNEL | dict(notebook.metadata.get("kernelspec", {}))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index}"
    return notebook


def is_parameters(cell: Mapping[str, Any]) -> bool:
    """Return whether a cell is the page's parameters cell."""
    return cell["cell_type"] == "code" and "parameters" in cell["metadata"].get("tags", [])


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


def profile_names(root: Path) -> list[str]:
    """Return the names of the profiles, sorted."""
    return sorted(path.stem for path in (root / "params").glob("*.yml"))


def read_profile(root: Path, profile: str) -> dict[str, dict[str, Any]]:
    """Return the parameters of every page in a profile.

    Raises:
        PageError: the profile is unknown, malformed, or names an unknown page.
    """
    import yaml

    path = root / "params" / f"{profile}.yml"
    if not path.is_file():
        raise PageError(f"unknown profile {profile!r}: {nearest(profile, profile_names(root))}")
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise PageError(f"params/{profile}.yml is not valid YAML: {reason}") from None
    if not isinstance(found, dict):
        raise PageError(f"params/{profile}.yml: expected page names, got {type(found).__name__}")
    for page, parameters in found.items():
        page_path(root, str(page))
        if not isinstance(parameters, dict | None):
            raise PageError(
                f"params/{profile}.yml: {page}: expected parameters, got {parameters!r}"
            )
    return {page: parameters or {} for page, parameters in found.items()}


def check_parameters(
    page: str, given: Mapping[str, Any], known: Mapping[str, Any], source: str
) -> None:
    """Refuse parameters that the page does not have, or of another kind than its default.

    Args:
        page: name of the page.
        given: parameters to check.
        known: the page's own parameters with their defaults.
        source: where `given` was written, for the message.

    Raises:
        PageError: unknown parameter or wrong kind of value.
    """
    for name, value in given.items():
        if name not in known:
            raise PageError(
                f"unknown parameter {name!r} of page {page!r} in {source}: {nearest(name, known)}"
            )
        default = known[name]
        kinds = {float: (int, float), tuple: (list, tuple), list: (list, tuple)}
        allowed = kinds.get(type(default), type(default))
        wrong = not isinstance(value, allowed) or isinstance(value, bool) != isinstance(
            default, bool
        )
        if default is not None and value is not None and wrong:
            hint = " (YAML reads 1e-3 as text: write 1.0e-3)" if isinstance(default, float) else ""
            raise PageError(
                f"parameter {name!r} of page {page!r} in {source}: expected "
                f"{type(default).__name__} like {default!r}, got {value!r}{hint}"
            )


def with_values(source: str, values: Mapping[str, Any]) -> str:
    """Return a parameters cell with other values in place of the defaults, comments kept."""
    lines = source.encode().splitlines(keepends=True)  # ast counts columns in bytes
    chosen = {name: node for name, node in assignments(source).items() if name in values}
    for name, node in sorted(chosen.items(), key=lambda item: item[1].lineno, reverse=True):
        if ast.literal_eval(node) == values[name]:
            continue
        first, last = node.lineno - 1, node.end_lineno - 1
        head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        lines[first : last + 1] = [head + _literal(values[name]).encode() + tail]
    return b"".join(lines).decode()


def _literal(value: Any) -> str:
    """Return a value as the formatter writes it, with double quotes."""
    if isinstance(value, str) and "\\" not in value and '"' not in value:
        return f'"{value}"' if value.isprintable() else repr(value)
    return repr(value)


def code_hash(root: Path) -> str:
    """Return a hash of the library and what it stands on, comments and docstrings left out."""
    digest = hashlib.sha256()
    for path in sorted((root / "fplib").rglob("*.py")):
        if path.name in TOOLS:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
                value = body[0].value
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    value.value = ""
        digest.update(f"{path.relative_to(root).as_posix()}\n{ast.dump(tree)}\n".encode())
    for name in ("numpy", "scikit-learn", "scipy", "tensorflow"):
        try:
            digest.update(f"{name} {metadata.version(name)}\n".encode())
        except metadata.PackageNotFoundError:
            digest.update(f"{name} absent\n".encode())
    return digest.hexdigest()


def page_key(
    notebook: NotebookNode, parameters: Mapping[str, Any], profile: str, depends: Iterable[str]
) -> str:
    """Return the key of a run: a hash of the code, the parameters and all that they depend on.

    Prose, captions, tags other than `parameters` and the layout of the page do not count.

    Args:
        notebook: the page.
        parameters: the values that replace its defaults.
        profile: name of the profile, since each keeps its runs and records apart.
        depends: further hashes (the library, the pages and files that the page reads).
    """
    code = [
        [is_parameters(cell), cell.source] for cell in notebook.cells if cell.cell_type == "code"
    ]
    content = [code, sorted(parameters.items()), profile, list(depends)]
    return hashlib.sha256(json.dumps(content, default=repr).encode()).hexdigest()


def file_hash(root: Path, pattern: str) -> str:
    """Return a hash of the names and contents of the files that match a glob pattern."""
    digest = hashlib.sha256()
    for path in sorted(root.glob(pattern)):
        if path.is_file():
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class PageHandler:
    """Lets papermill read a page: `papermill nb:book/PAGE.py out.ipynb -p NAME VALUE`."""

    @classmethod
    def read(cls, path: str) -> str:
        """Return the page as notebook JSON."""
        import nbformat

        return nbformat.writes(read_page(Path(path.removeprefix("nb:"))))

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
