"""Lies about what a built page shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from paperbook import manifest
from paperbook.lies.planter import DIGIT, Lie, Plant, Planter
from paperbook.shown import NUMBER, VOID


def texts(html: str) -> Iterator[tuple[int, str, str]]:
    """Texts of the article of a page that hold a digit: offset, text, kind of the place."""
    begin, end = html.find("<article"), html.find("</article>")
    open_tags: list[tuple[str, str]] = []
    for match in re.compile(r"<[^>]*>|[^<]+").finditer(html, begin, end):
        token = match.group()
        if not token.startswith("<"):
            if DIGIT.search(token) and "&#" not in token:
                yield match.start(), token, _kind(open_tags)
        elif token.startswith("</"):
            while open_tags and open_tags.pop()[0] != token[2:-1].strip():
                pass
        elif not token.endswith("/>"):
            name = re.split(r"[\s>]", token[1:], maxsplit=1)[0]
            open_tags += [(name, token)] if name not in VOID else []


def _kind(open_tags: list[tuple[str, str]]) -> str:
    names, whole = [name for name, _ in open_tags], " ".join(tag for _, tag in open_tags)
    if any(name in names for name in ("script", "style")):
        return "nothing"
    for name, kind in (("svg", "a drawing"), ("pre", "code"), ("dl", "docstrings")):
        if name in names and (name != "dl" or 'class="py' in whole):
            return kind
    if open_tags and 'class="reference internal"' in open_tags[-1][1]:
        return "numbering"
    if re.search(r'"(caption-number|section-number|eqno|std std-numref)"', whole):
        return "numbering"
    return "a table" if "td" in names else "prose"


def in_page(where: str) -> Plant:
    """A digit of a built page."""

    def plant(of: Planter, kind: str) -> Lie | None:
        for path in of.random.sample(of.pages, len(of.pages)):
            html = path.read_text(encoding="utf-8")
            places = [(start, text) for start, text, found in texts(html) if found == where]
            if places:
                break
        else:
            return None
        start, text = of.random.choice(places)
        new, what = of.other_digit(text)
        changed = html[:start] + new + html[start + len(text) :]
        return of.lie(kind, what, {path: changed.encode()})

    return plant


def old_table(of: Planter, kind: str) -> Lie | None:
    """Two rows of a table of a built page have changed places."""
    path = of.random.choice(of.pages)
    html = path.read_text(encoding="utf-8")
    bodies = list(re.finditer(r"<tbody>.*?</tbody>", html, re.DOTALL))
    if not bodies:
        return None
    body = of.random.choice(bodies)
    cells = [m for m in re.finditer(r"<td[^>]*>.*?</td>", body[0], re.DOTALL) if _plain(m[0])]
    if len(cells) < 2:
        return None
    first, second = sorted(of.random.sample(cells, 2), key=lambda cell: cell.start())
    if len({tuple(NUMBER.findall(_plain(cell[0]))) for cell in (first, second)}) < 2:
        return None
    middle = body[0][first.end() : second.start()]
    new = body[0][: first.start()] + second[0] + middle + first[0] + body[0][second.end() :]
    changed = html[: body.start()] + new + html[body.end() :]
    return of.lie(kind, f"{_plain(first[0])} <-> {_plain(second[0])}", {path: changed.encode()})


def _plain(cell: str) -> str:
    text = " ".join(re.sub(r"<[^>]*>", "", cell).split())
    return text if DIGIT.search(text) and "&#" not in cell else ""


def stale_figure(of: Planter, kind: str) -> Lie | None:
    """A picture shows what another one shows, or a page shows another picture."""
    pictures = sorted(of.html.glob("_images/*.png"))
    if len(pictures) < 2:
        return None
    path, other = of.random.sample(pictures, 2)
    if of.random.random() < 0.5:
        if path.read_bytes() == other.read_bytes():
            return None
        return of.lie(kind, f"holds {other.name[:16]}", {path: other.read_bytes()})
    page = next((p for p in of.pages if path.name in p.read_text("utf-8")), None)
    if page is None:
        return None
    changed = page.read_text("utf-8").replace(path.name, other.name)
    return of.lie(kind, f"{path.name[:16]} -> {other.name[:16]}", {page: changed.encode()})


def glued(of: Planter, kind: str) -> Lie | None:
    """A glued number is another one in the stored run, and in the built page if it stands there."""
    path = of.random.choice(of.stored())
    notebook = json.loads(path.read_text(encoding="utf-8"))
    outputs = [
        output
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if "scrapbook" in output.get("metadata", {})
        and DIGIT.search("".join(output["data"].get(f"{manifest.GLUED}text/plain", "")))
    ]
    if not outputs:
        return None
    output = of.random.choice(outputs)
    old = "".join(output["data"][f"{manifest.GLUED}text/plain"])
    new, what = of.other_digit(old)
    output["data"][f"{manifest.GLUED}text/plain"] = new
    page = of.html / "book" / f"{path.stem}.html"
    shown = f'pasted-text">{old}<', f'pasted-text">{new}<'
    html = page.read_text(encoding="utf-8").replace(*shown)
    text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    return of.lie(kind, what, {path: text.encode(), page: html.encode()})
