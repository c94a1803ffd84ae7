"""What a page has to show: the numbers of its source and of the run that is stored beside it.

The stored notebook of a page is its manifest: it holds every glued value, every table and every
picture of one run, under the key of all that the run depended on. Here the numbers of a page are
put in the order in which a reader meets them, so that a built page can be compared with them.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paperbook import pages
from paperbook.shown import numbers, read

GLUED = "application/papermill.record/"
VERSIONS = "application/vnd.paperbook.versions+json"
ROLE = re.compile(r"\{([a-z][a-z:-]*)\}(`+)(.+?)\2", re.DOTALL)
TITLED = re.compile(r"(.*?)\s*<([^<>]+)>", re.DOTALL)
SILENT = ("numref", "eq", "prf:ref", "cite:t", "cite:p", "cite")  # checked as references
FENCE = re.compile(r"^\s*(`{3,}|:{3,}|~{3,})(?:\{([a-z:-]+)\})?[ \t]*(.*)$")
GENERATED = ("source", "eval-rst", "bibliography", "glue:figure")  # looked at as code, or not here
HIDDEN = {"remove-cell", "remove-output"}
WORDLESS = ("grid",)  # directives whose argument is a setting


class GlueError(LookupError):
    """A text asks for a number that no run has glued."""


@dataclass
class Manifest:
    """What the stored run of one page gave.

    Attributes:
        key: of the run.
        digest: of its outputs, as the notebook names it; None in an older one.
        computed: the same, of the outputs as they are.
        parameters: that it was given.
        seconds: that it took.
        glued: name -> value as it was written.
        outputs: for each code cell, the Markdown that it displayed.
        printed: all that it printed or displayed as text.
        images: for each code cell its pictures, each as versions: "" (light), "dark", … -> PNG.
    """

    key: str
    digest: str | None
    computed: str
    parameters: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    glued: dict[str, str] = field(default_factory=dict)
    outputs: list[list[str]] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    images: list[list[dict[str, bytes]]] = field(default_factory=list)


def of_notebook(notebook: Mapping[str, Any]) -> Manifest:
    """The manifest that an executed notebook is."""
    about = notebook["metadata"].get("paperbook", {})
    mill = notebook["metadata"].get("papermill", {})
    found = Manifest(about.get("key", ""), about.get("digest"), digest(notebook))
    found.parameters, found.seconds = mill.get("parameters", {}), mill.get("duration", 0.0)
    for cell in notebook["cells"]:
        injected = "injected-parameters" in cell["metadata"].get("tags", [])
        if cell["cell_type"] != "code" or injected:
            continue
        found.outputs.append([])
        found.images.append([])
        for output in cell.get("outputs", []):
            _take(found, output)
    return found


def _take(found: Manifest, output: Mapping[str, Any]) -> None:
    data = output.get("data", {})
    name = output.get("metadata", {}).get("scrapbook", {}).get("name")
    if name is not None:
        found.glued[name] = "".join(data.get(f"{GLUED}text/plain", ""))
    elif "text/markdown" in data:
        found.outputs[-1].append("".join(data["text/markdown"]))
    elif "text/html" in data:
        page = f"<article>{''.join(data['text/html'])}</article>"
        found.outputs[-1].append("\n".join(text for text, _ in read(page).prose))
    elif "image/png" in data:
        versions = {"": "".join(data["image/png"])} | data.get(VERSIONS, {})
        found.images[-1].append(
            {name: base64.b64decode(png) for name, png in versions.items() if name != "turn"}
        )
    found.printed += ["".join(data.get("text/plain", "")), "".join(output.get("text", ""))]


def digest(notebook: Mapping[str, Any]) -> str:
    """sha256 sum of what the code cells of an executed notebook gave."""
    outputs = [cell.get("outputs", []) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return hashlib.sha256(json.dumps(outputs, sort_keys=True).encode()).hexdigest()


class Texts:
    """Turns texts of the book into the words that they show.

    Args:
        glued: page -> name -> value.
        titles: label or page -> words of its heading.
        made: role or directive -> what it shows of its argument.
    """

    def __init__(
        self,
        glued: Mapping[str, Mapping[str, str]],
        titles: Mapping[str, str],
        made: Mapping[str, Callable[[str], str]] | None = None,
    ) -> None:
        self.glued, self.titles, self.made = glued, titles, dict(made or {})

    def shown(self, page: str, text: str) -> str:
        """A Markdown text without what is not shown, its roles replaced."""
        text = self._without_directives(text)
        text = re.sub(r"^\([\w-]+\)=\s*$|^\$\$ *\([\w-]+\)", "", text, flags=re.MULTILINE)  # labels
        text = re.sub(r"^\s*\d+\. ", "", text, flags=re.MULTILINE)  # the browser counts lists
        text = re.sub(r"^%.*$", "", text, flags=re.MULTILINE)
        text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
        text = ROLE.sub(lambda m: self._role(page, m[1], m[3]), text)
        return re.sub(r"\]\([^()\s]*(?:\([^()]*\))?[^()\s]*\)", "]", text)  # addresses of links

    def value(self, page: str, content: str) -> str:
        """A glued value as `{glue:text}` shows it.

        Raises:
            GlueError: no stored run has glued it.
        """
        where, _, asked = content.rpartition("::")
        name, _, form = asked.partition(":")
        source = Path(where).stem if where else page
        if name not in self.glued.get(source, {}):
            raise GlueError(f"{name!r} is asked for, and the stored run of {source!r} has none")
        text = self.glued[source][name]
        return format(ast.literal_eval(text), form) if form else text.strip("'\"")

    def _role(self, page: str, role: str, content: str) -> str:
        if role.startswith("glue:"):
            return self.value(page, content)
        if role in self.made:
            return self.made[role](content)
        if role in SILENT or role.startswith("py:"):
            return ""
        if role in ("ref", "doc"):
            titled = TITLED.fullmatch(content)
            return titled[1] if titled else self.titles.get(content.split("/")[-1], "")
        return content

    def _without_directives(self, text: str) -> str:
        """The text without fences, options of directives, and what directives make."""
        kept: list[str] = []
        silent = ""  # the fence of what is not shown as it stands
        options = False
        for line in text.split("\n"):
            fence = FENCE.match(line)
            if silent:
                silent = "" if line.strip() == silent else silent
            elif fence and fence[2] in self.made:
                silent = fence[1]
                kept += self.made[fence[2]](fence[3]).split("\n")
            elif fence and (fence[2] in GENERATED or _is_code(fence)):
                silent = fence[1]
            elif fence:
                kept.append("" if fence[2] in WORDLESS else fence[3])
                options = True
            elif not (options and re.match(r"\s*:[\w-]+:", line)):
                kept.append(line)
                options = False
        return "\n".join(kept)


def _is_code(fence: re.Match[str]) -> bool:
    return fence[2] is None and fence[1][0] != ":"


def titles(sources: Mapping[str, str]) -> dict[str, str]:
    """Words of headings by the label above them, and of pages by their names.

    Args:
        sources: page -> its Markdown.
    """
    found: dict[str, str] = {}
    for page, text in sources.items():
        first = re.search(r"^# (.+)$", text, re.MULTILINE)
        found |= {page: first[1]} if first else {}
        found |= dict(re.findall(r"^\(([\w-]+)\)=\n+#+ (.+)$", text, re.MULTILINE))
    return found


def cells(path: Path) -> Sequence[Mapping[str, Any]]:
    """Cells of a page that runs, or a page of words as one cell."""
    source = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".py":
        return pages.parse_page(source).cells
    return [{"cell_type": "markdown", "source": source, "metadata": {}}]


def words(of: Sequence[Mapping[str, Any]]) -> str:
    """The Markdown of a page."""
    return "\n\n".join(cell["source"] for cell in of if cell["cell_type"] == "markdown")


def expected(
    page: str, of: Sequence[Mapping[str, Any]], run: Manifest | None, texts: Texts
) -> list[tuple[str, str]]:
    """Numbers that a built page has to show in its prose, captions and tables, in order.

    Args:
        page: its name.
        of: its cells.
        run: its stored run, or None for a page of words.
        texts: turns texts into what they show.

    Returns:
        Each number with the words around it.
    """
    outputs = iter(run.outputs if run else [])
    found: list[str] = []
    for cell in of:
        if cell["cell_type"] == "markdown":
            found.append(cell["source"])
        elif cell["cell_type"] == "code":
            displayed, about = next(outputs, []), cell["metadata"]
            if HIDDEN & set(about.get("tags", [])):
                continue
            titled = (about.get("table"), about.get("mystnb", {}).get("figure"))
            found += [it["caption"] for it in titled if it] + displayed
    return [number for text in found for number in numbers(texts.shown(page, text))]
