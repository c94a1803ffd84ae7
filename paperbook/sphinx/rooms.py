"""The directive `rooms`, which draws the packages of the project, and the role `room` for numbers.

    ```{rooms} book / fplib paperbook
    :name: fig-rooms

    Caption.
    ```

draws the rooms as they are when the book is built, those behind a stroke below those before it.
{room}`files fplib`, {room}`lines fplib`, {room}`lines fplib without data plots`, {room}`names fplib`
(files and folders at its top), {room}`circles` and {room}`upward` are numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from paperbook.rooms import Module, Rooms, describe, number, packages
from paperbook.sphinx import floorplan

LOGGER = logging.getLogger(__name__)


def setup(app: Sphinx) -> None:
    """Connect the directive and the role."""
    app.add_directive("rooms", Drawing)
    app.add_role("room", Number())
    app.connect("env-get-outdated", outdated)


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> Iterable[str]:
    """Return the documents that show the rooms, if these are no longer what they were."""
    vars(app).pop("paperbook_rooms", None)
    shown = {name: m for name, m in _shown(env).items() if name in env.found_docs}
    return sorted(name for name in shown if shown[name] != _rooms(app).modules)


def noted_rooms(env: BuildEnvironment) -> Rooms:
    """The rooms of this build; the document being read is read again when they have changed."""
    rooms = _rooms(env.app)
    _shown(env)[env.docname] = rooms.modules
    return rooms


def _rooms(app: Sphinx) -> Rooms:
    if "paperbook_rooms" not in vars(app):
        root = Path(app.srcdir)
        vars(app)["paperbook_rooms"] = Rooms(root, packages(root))
    return vars(app)["paperbook_rooms"]


def _shown(env: BuildEnvironment) -> dict[str, dict[str, Module]]:
    return vars(env).setdefault("paperbook_rooms_shown", {})


class Drawing(SphinxDirective):
    """The directive."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {"name": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the drawing with its caption, and the same as text where there are no drawings."""
        rooms = noted_rooms(self.env)
        rows = [row.split() for row in self.arguments[0].split("/")]
        unknown = [room for row in rows for room in row if room not in rooms.names]
        if unknown:
            LOGGER.warning(
                "no package %r; there are %s",
                unknown[0],
                ", ".join(rooms.names),
                location=self.get_location(),
                type="paperbook",
            )
            return []
        names = [room for row in rows for room in row]
        text = describe(Path(self.env.srcdir), names)
        shown = nodes.raw("", floorplan.drawing(rooms, rows), format="html")
        told = addnodes.only("", nodes.literal_block(text, text), expr="not html")
        figure = nodes.figure("", shown, told)
        if self.content:
            inline, _ = self.state.inline_text(" ".join(self.content), self.lineno)
            figure += nodes.caption("", "", *inline)
        self.add_name(figure)
        return [figure]


class Number(SphinxRole):
    """The role."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return a number as text."""
        rooms = noted_rooms(self.env)
        try:
            return [nodes.Text(number(rooms, self.text.split()))], []
        except (LookupError, ValueError) as error:
            LOGGER.warning("room: %s", error, location=self.get_location(), type="paperbook")
            return [], []
