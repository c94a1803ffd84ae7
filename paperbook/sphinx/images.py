"""Two versions of a figure, one for each colour scheme, in one numbered figure.

A cell that shows a figure may add a dark version to its output, under DARK. It is stored beside
the light image under the name that myst-nb gives that one (the hash of its content), and found by
that name when a document is written; so it works for a figure glued into another document too.
"""

import hashlib
import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

DARK = "application/vnd.paperbook.dark+json"
GLUED = "application/papermill.record/"  # prefix of the types of an output that is kept for glue


def setup(app: Sphinx) -> None:
    """Add the transform."""
    app.add_post_transform(DarkImages)


def extract(app: Sphinx, notebook: NotebookNode) -> None:
    """Move the dark versions from a notebook's outputs to files beside the light images."""
    folder = Path(app.outdir).parent / "jupyter_execute"
    folder.mkdir(parents=True, exist_ok=True)
    for data, prefix in _bundles(notebook):
        dark = data.pop(prefix + DARK, None)
        light = data.get(f"{prefix}image/png")
        if dark is None or light is None:
            continue
        name = hashlib.sha256(b64decode(light)).hexdigest()
        (folder / f"{name}.dark.png").write_bytes(b64decode(dark["png"]))
        (folder / f"{name}.json").write_text(json.dumps(data.get(f"{prefix}text/plain", "")))


def _bundles(notebook: NotebookNode) -> Iterator[tuple[dict[str, Any], str]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "data" in output:
                yield output["data"], GLUED if GLUED + DARK in output["data"] else ""


class DarkImages(SphinxPostTransform):
    """Put the dark version of an image beside the light one."""

    default_priority = 200  # after the choice of the mime type and after glue
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Insert the dark images of one document."""
        root = Path(self.app.srcdir)
        for light in list(self.document.findall(nodes.image)):
            source = Path(light["uri"])
            dark = source.with_suffix(".dark.png")
            if not (root / dark).is_file():
                continue
            if not light.get("alt"):
                light["alt"] = json.loads((root / source.with_suffix(".json")).read_text())
            twin = light.deepcopy()
            twin["uri"] = dark.as_posix()
            twin["candidates"] = {"*": twin["uri"]}
            light["classes"] = [*light["classes"], "only-light"]
            twin["classes"] = [*twin["classes"], "only-dark"]
            twin["ids"], twin["names"] = [], []
            # The theme hides the caption that follows an image of the other scheme, so that the two
            # stand in a container of their own.
            pair = nodes.container("", light.deepcopy(), twin, classes=["light-and-dark"])
            parent, place = light.parent, light.parent.index(light)
            parent.remove(light)
            parent.insert(place, pair)
            self.env.images.add_file(self.env.docname, twin["uri"])
