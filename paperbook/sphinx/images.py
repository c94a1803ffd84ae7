"""A figure for every reader: light and dark, for a desk and a phone, in one numbered figure.

A cell that shows a figure may add further versions to its output, under VERSIONS: "dark", "phone"
and "phone.dark", and under "turn" what a script of the book draws in its place. They are stored
beside the light image under the name that myst-nb gives that one (the hash of its content), and
found by that name when a document is written; so it works for a figure glued into another document
too. A browser shows one of the pictures.

Pictures are loaded when they come near the screen; one that is not displayed, as that of the other
scheme, never is. Their sizes stand in the page, so that it does not jump when they come.
"""

import hashlib
import json
import re
import struct
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

VERSIONS = "application/vnd.paperbook.versions+json"
SHOWN = re.compile(r'<img (?![^>]*\bloading=)([^>]*?\bsrc="([^"]+)"[^>]*?)(/?)>')
GLUED = "application/papermill.record/"  # prefix of the types of an output that is kept for glue
PHONE = "screen and (max-width: 600px)"


class Picture(nodes.General, nodes.Element):
    """An image, and a narrower one for phones, "phone"."""


def setup(app: Sphinx) -> None:
    """Add the transform and the element, and what follows them."""
    app.add_node(Picture, html=(_visit, _depart))
    app.add_post_transform(Versions)
    app.connect("html-page-context", load_late)


def extract(app: Sphinx, notebook: NotebookNode) -> None:
    """Move the versions from a notebook's outputs to files beside the light images."""
    folder = Path(app.outdir).parent / "jupyter_execute"
    folder.mkdir(parents=True, exist_ok=True)
    for data, prefix in _bundles(notebook):
        versions = data.pop(prefix + VERSIONS, None)
        light = data.get(f"{prefix}image/png")
        if versions is None or light is None:
            continue
        name = hashlib.sha256(b64decode(light)).hexdigest()
        turn = versions.pop("turn", None)
        if turn is not None:
            (folder / f"{name}.turn.json").write_text(json.dumps(turn, separators=(",", ":")))
        for version, png in versions.items():
            (folder / f"{name}.{version}.png").write_bytes(b64decode(png))
        (folder / f"{name}.json").write_text(json.dumps(data.get(f"{prefix}text/plain", "")))


def load_late(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Let a page's pictures be loaded as they are wanted."""

    def late(found: re.Match) -> str:
        attributes, name, end = found.groups()
        size = "" if "width=" in attributes else _size(places.get(Path(name).name))
        return f'<img loading="lazy" decoding="async" {size}{attributes}{end}>'

    places = {name: Path(app.srcdir) / path for path, (_, name) in app.env.images.items()}
    if "body" in context:
        context["body"] = SHOWN.sub(late, context["body"])


def _size(path: Path | None) -> str:
    """Width and height of a PNG as attributes, or nothing for another file."""
    if path is None or path.suffix != ".png" or not path.is_file():
        return ""
    with path.open("rb") as file:
        width, height = struct.unpack(">16xII", file.read(24))
    return f'width="{width}" height="{height}" '


def _bundles(notebook: NotebookNode) -> Iterator[tuple[dict[str, Any], str]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "data" in output:
                yield output["data"], GLUED if GLUED + VERSIONS in output["data"] else ""


class Versions(SphinxPostTransform):
    """Put the other versions of an image beside the light one."""

    default_priority = 200  # after the choice of the mime type and after glue
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Insert the versions of the images of one document."""
        for light in list(self.document.findall(nodes.image)):
            source = Path(light["uri"])
            if not self._there(source.with_suffix(".dark.png")):
                continue
            if not light.get("alt"):
                words = Path(self.app.srcdir) / source.with_suffix(".json")
                light["alt"] = json.loads(words.read_text())
            # The theme hides the caption that follows an image of the other scheme, so that the two
            # stand in a container of their own.
            pair = nodes.container("", classes=["light-and-dark"])
            light.parent.replace(light, pair)
            dark = light.deepcopy()
            dark["ids"], dark["names"] = [], []
            for image, suffix, scheme in ((light, "", "only-light"), (dark, ".dark", "only-dark")):
                image["uri"] = self._add(source.with_suffix(f"{suffix}.png"))
                image["candidates"] = {"*": image["uri"]}
                image["classes"] = [*image["classes"], scheme]
                phone = source.with_suffix(f".phone{suffix}.png")
                named = {"phone": self._add(phone)} if self._there(phone) else {}
                pair += Picture("", image, **named)

            turn = source.with_suffix(".turn.json")
            if self._there(turn):
                told = (Path(self.app.srcdir) / turn).read_text().replace("</", "<\\/")
                script = f'<script type="application/json" class="turn">{told}</script>'
                pair.parent.insert(
                    pair.parent.index(pair) + 1, nodes.raw("", script, format="html")
                )

    def _there(self, path: Path) -> bool:
        return (Path(self.app.srcdir) / path).is_file()

    def _add(self, path: Path) -> str:
        """Have a file copied to the pictures of the book."""
        uri = path.as_posix()
        self.env.images.add_file(self.env.docname, uri)
        self.app.builder.images[uri] = self.env.images[uri][1]
        return uri


def _visit(self: HTML5Translator, node: Picture) -> None:
    self.body.append("<picture>")
    if "phone" in node:
        name = f"{self.builder.imgpath}/{self.builder.images[node['phone']]}"
        self.body.append(f'<source media="{PHONE}" srcset="{name}">')


def _depart(self: HTML5Translator, node: Picture) -> None:
    self.body.append("</picture>")
