"""The drawing of the rooms, as SVG in the colours of the page that shows it.

Within a room concepts stand one below the other, each above what it imports. For every concept that
others import there is one line beside them, which gathers its importers on the way down. Arrows that
follow from others are left out. A line upwards, and there is none without a circle of concepts, runs
on the other side, dashed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from paperbook.arrows import reduced
from paperbook.rooms import Rooms

LETTER, SMALL = 7.3, 6.4  # widths of a letter in the two sizes of the type
ROW, FILE, GAP = 22.0, 17.0, 6.0  # heights of a box and of a file in it; between boxes
HEAD, PAD, LANE = 34.0, 10.0, 7.0  # title and margin of a room; between lines
BETWEEN = 40.0  # between rooms
FEW = 3  # so many files with the same arrows are one box; above it, arrows to another room are one

STYLE = """
.rooms { container-type: inline-size; }
.rooms svg { color: var(--pst-color-text-base, inherit); display: block; height: auto; margin: auto; width: 100%; }
.rooms svg.narrow { display: none; }
@container (max-width: 640px) {
  .rooms svg.wide { display: none; }
  .rooms svg.narrow { display: block; }
}
.rooms text { fill: currentColor; font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.rooms text.room { font-size: 15px; font-weight: 600; }
.rooms text.folder { font-weight: 600; }
.rooms text.file { font-size: 10.5px; }
.rooms text.size { fill: var(--pst-color-text-muted, currentColor); font-size: 10.5px; text-anchor: end; }
.rooms rect { fill: none; stroke: var(--pst-color-border, currentColor); }
.rooms rect.box { fill: var(--pst-color-surface, none); }
.rooms rect.file { fill: var(--pst-color-background, none); }
.rooms path { fill: none; stroke: var(--pst-color-primary, currentColor); stroke-width: 1.2; }
.rooms path.up { stroke: var(--pst-color-danger, currentColor); stroke-dasharray: 4 2; }
.rooms path.head { fill: var(--pst-color-primary, currentColor); stroke: none; }
.rooms path.head.up { fill: var(--pst-color-danger, currentColor); }
"""


@dataclass
class Box:
    """Concepts with the same arrows, drawn as one.

    Attributes:
        title: of a folder or of a single file.
        files: short names of the files in it.
        size: number of lines.
        words: what it imports, for those who point at it.
        top, height: its place in the room.
    """

    concepts: list[str]
    title: str
    files: list[str]
    size: int
    words: str
    top: float = 0.0
    height: float = ROW


class Frame:
    """One room, laid out with its corner at the origin.

    Args:
        rooms: all of them.
        room: name of this one.
        width: of its frame.
    """

    def __init__(self, rooms: Rooms, room: str, width: float) -> None:
        self.room, self.width = room, width
        self.x = self.y = 0.0
        arrows = reduced(rooms.inside(room))
        self.boxes = _boxes(rooms, room, arrows)
        home = {concept: n for n, box in enumerate(self.boxes) for concept in box.concepts}
        pairs = {(home[a], home[b]) for a, targets in arrows.items() for b in targets}
        self.down = {b: sorted(i for i, j in pairs if j == b and i < b) for _, b in pairs}
        self.up = {b: sorted(i for i, j in pairs if j == b and i > b) for _, b in pairs}
        self.lanes = _lanes(self.down), _lanes(self.up)
        self.left, self.right = (PAD + LANE * (max(x.values(), default=-1) + 1) for x in self.lanes)
        self.inner = width - self.left - self.right
        y = HEAD
        for box in self.boxes:
            box.top = y
            box.height = (0 if not box.title else ROW) + _height(box.files, self.inner)
            y += box.height + GAP
        self.height = y - GAP + PAD
        self.about = f"{len(rooms.members(room))} files, {rooms.lines(room)} lines"

    def marks(self) -> Iterator[str]:
        """Yield the elements of the drawing."""
        yield f'<g transform="translate({self.x:g} {self.y:g})">'
        yield f'<rect width="{self.width:g}" height="{self.height:g}" rx="6"/>'
        yield _text(PAD, 22, "room", f"{self.room}/")
        yield _text(self.width - PAD, 22, "size", self.about)
        left, right = self.left, self.width - self.right
        for target, lane in self.lanes[0].items():
            yield from self._line(target, self.down[target], left, -LANE * (lane + 1), "")
        for target, lane in self.lanes[1].items():
            yield from self._line(target, self.up[target], right, LANE * (lane + 1), "up")
        for box in self.boxes:
            yield from _box(box, left, self.inner)
        yield "</g>"

    def _line(
        self, target: int, importers: Sequence[int], x: float, lane: float, kind: str
    ) -> Iterator[str]:
        """The line that gathers the importers of one box, and its head."""
        end = self.boxes[target].top + 7
        way = 1 if kind == "" else -1
        turn = 4 if lane > 0 else -4
        for importer in importers:
            start = self.boxes[importer].top + ROW - 7
            yield (
                f'<path class="{kind}" d="M{x:g} {start:g}H{x + lane - turn:g}q{turn} 0 {turn} {4 * way}'
                f'V{end - 4 * way:g}q0 {4 * way} {-turn} {4 * way}H{x + turn / 2:g}"/>'
            )
        yield _head(x, end, "right" if lane < 0 else "left", kind)


def drawing(rooms: Rooms, rows: Sequence[Sequence[str]]) -> str:
    """Return two drawings and their style: one for a wide, one for a narrow page.

    Args:
        rooms: what is drawn.
        rows: names of the rooms, from above; those of one row stand side by side.
    """
    wide = _svg(rooms, rows, 780, "wide")
    narrow = _svg(rooms, [[room] for row in rows for room in row], 340, "narrow")
    return f'<div class="rooms"><style>{STYLE}</style>{wide}{narrow}</div>'


def _svg(rooms: Rooms, rows: Sequence[Sequence[str]], width: float, kind: str) -> str:
    place = {room: number for number, row in enumerate(rows) for room in row}
    arrows = [(a, b) for a in place for b in sorted(rooms.between_rooms[a] & place.keys())]
    passing = [(a, b) for a, b in arrows if place[b] > place[a] + 1]
    back = [(a, b) for a, b in arrows if place[b] < place[a]]
    left, right = (1 + (LANE * len(some) + LANE if some else 0) for some in (passing, back))
    frames: dict[str, Frame] = {}
    y = 1.0
    for row in rows:
        share = (width - left - right - BETWEEN * (len(row) - 1)) / len(row)
        for number, room in enumerate(row):
            frame = frames[room] = Frame(rooms, room, share)
            frame.x, frame.y = left + number * (share + BETWEEN), y
        height = max(frames[room].height for room in row)
        for room in row:
            frames[room].height = height
        y += height + BETWEEN
    marks = [mark for frame in frames.values() for mark in frame.marks()]
    for a, b in arrows:
        start, end = frames[a], frames[b]
        if (a, b) in passing:
            marks += _around(start, end, left - LANE * (1 + passing.index((a, b))), "")
        elif (a, b) in back:
            marks += _around(start, end, width - right + LANE * (1 + back.index((a, b))), "up")
        else:
            marks += _across(start, end, rooms.crossing(a, b))
    words = escape(f"The rooms {', '.join(place)}: their files, and which imports which.")
    return (
        f'<svg class="{kind}" style="max-width:{width:g}px" viewBox="0 0 {width:g} {y - BETWEEN + 1:g}" '
        f'role="img" aria-label="{words}">{"".join(marks)}</svg>'
    )


def _boxes(rooms: Rooms, room: str, arrows: Mapping[str, frozenset[str]]) -> list[Box]:
    """Folders and files of a room in their order; several files with the same arrows are one box."""

    def ends(concept: str) -> object:
        own = frozenset(a for a in arrows if concept in arrows[a]), arrows[concept]
        return concept if rooms.is_folder(concept) else own

    alike: dict[object, list[str]] = {}
    for concept in rooms.ordered(room):
        alike.setdefault(ends(concept), []).append(concept)
    found = []
    for together in alike.values():
        for concepts in [together] if len(together) >= FEW else [[c] for c in together]:
            names = [c.removeprefix(f"{room}.") for c in concepts]
            imports = [", ".join(sorted(rooms.between_concepts[c])) or "no other" for c in concepts]
            words = "; ".join(f"{c} imports {to}" for c, to in zip(concepts, imports, strict=True))
            if rooms.is_folder(concepts[0]):
                inside = [
                    m.name.removeprefix(f"{concepts[0]}.") for m in rooms.members(concepts[0])
                ]
                title = f"{names[0]}/"
                names = [name.replace(".", "/") for name in inside if name != concepts[0]]
            else:
                title, names = (names[0], []) if len(names) == 1 else ("", names)
            found.append(Box(concepts, title, names, sum(map(rooms.lines, concepts)), words))
    return found


def _lanes(lines: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """A lane for the line to each box, short ones near the boxes, such that none lie on others."""
    spans = {b: (min([b, *others]), max([b, *others])) for b, others in lines.items() if others}
    lanes: dict[int, int] = {}
    for b in sorted(spans, key=lambda b: (spans[b][1] - spans[b][0], b)):
        taken = {
            lane
            for other, lane in lanes.items()
            if spans[other][0] < spans[b][1] and spans[b][0] < spans[other][1]
        }
        lanes[b] = next(n for n in range(len(spans)) if n not in taken)
    return lanes


def _places(files: Sequence[str], width: float) -> Iterator[tuple[str, float, int]]:
    """Yield each file of a box with its place and its row."""
    x, row = 8.0, 0
    for name in files:
        if x + len(name) * SMALL + 8 > width - 4 and x > 8:
            x, row = 8.0, row + 1
        yield name, x, row
        x += len(name) * SMALL + 12


def _height(files: Sequence[str], width: float) -> float:
    rows = [row for _, _, row in _places(files, width)]
    return (rows[-1] + 1) * (FILE + 3) + 3 if rows else 0.0


def _box(box: Box, x: float, width: float) -> Iterator[str]:
    yield f"<g><title>{escape(box.words)}</title>"
    yield (
        f'<rect class="box" x="{x:g}" y="{box.top:g}" width="{width:g}" height="{box.height:g}" rx="3"/>'
    )
    if box.title:
        yield _text(x + 8, box.top + 15, "folder" if box.files else "", box.title)
        yield _text(x + width - 8, box.top + 15, "size", str(box.size))
    top = box.top + (ROW - 1 if box.title else 3)
    for name, along, row in _places(box.files, width):
        y = top + row * (FILE + 3)
        wide = len(name) * SMALL + 8
        yield f'<rect class="file" x="{x + along:g}" y="{y:g}" width="{wide:g}" height="{FILE:g}" rx="2"/>'
        yield _text(x + along + 4, y + 12, "file", name)
    yield "</g>"


def _around(start: Frame, end: Frame, x: float, kind: str) -> Iterator[str]:
    """An arrow from room to room past the others."""
    side = 0.0 if kind == "" else start.width
    a, b = start.y + start.height - 14, end.y + 14
    yield f'<path class="{kind}" d="M{start.x + side:g} {a:g}H{x:g}V{b:g}H{end.x + side:g}"/>'
    yield _head(end.x + side, b, "left" if kind else "right", kind)


def _across(start: Frame, end: Frame, concepts: Sequence[str]) -> Iterator[str]:
    """Arrows to a neighbour: from the concepts that import, if they are few, else from the room."""
    beside = start.y == end.y
    boxes = [box for box in start.boxes if set(box.concepts) & set(concepts)]
    if len(boxes) > FEW:
        x, y = max(start.x, end.x) + min(start.width, end.width) / 2, end.y
        yield f'<path d="M{x:g} {start.y + start.height:g}V{y:g}"/>'
        yield _head(x, y, "down", "")
        return
    for number, box in enumerate(boxes):
        x, y = start.x + start.width - start.right, start.y + box.top + ROW / 2
        if beside:
            yield f'<path d="M{x:g} {y:g}H{end.x:g}"/>'
            yield _head(end.x, y, "right", "")
        else:
            yield f'<path d="M{x:g} {y:g}h{PAD / 2:g}V{end.y:g}"/>'
            if number == 0:
                yield _head(x + PAD / 2, end.y, "down", "")


def _head(x: float, y: float, way: str, kind: str) -> str:
    shape = {"right": "l-5 -3v6z", "left": "l5 -3v6z", "down": "l-3 -5h6z"}[way]
    return f'<path class="{f"head {kind}".strip()}" d="M{x:g} {y:g}{shape}"/>'


def _text(x: float, y: float, kind: str, words: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>'
