"""What every page loads: little, and nothing that it does not need.

The theme's icon font and script give way to drawn icons, and MathJax to KaTeX (`vendor/katex`), which
only pages with mathematics load.
"""

import base64
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from paperbook.files import write_atomically

THEME = Path(__file__).parent / "theme"
STYLES = ("icons.css", "access.css", "print.css")
SCRIPTS = ("scroll.js", "cards.js")
MATHEMATICS = "mathematics.js"
FACE = re.compile(r"@font-face\{[^}]*?url\((fonts/[\w-]+\.woff2)\)[^}]*\}")
FORMULA = re.compile(r'class="[^"]*\bmath\b')


def setup(app: Sphinx) -> None:
    """Connect after Sphinx has added MathJax to a page."""
    app.connect("config-inited", add_theme)
    app.connect("html-page-context", choose, priority=600)
    app.connect("build-finished", embed_fonts)


def add_theme(app: Sphinx, config: Config) -> None:
    """Put the press's templates and files before the theme's."""
    config.templates_path.append(str(THEME / "templates"))
    config.html_static_path.insert(0, str(THEME / "static"))
    for name in STYLES:
        app.add_css_file(f"press/{name}", priority=700)
    for name in SCRIPTS:
        app.add_js_file(f"press/{name}", loading_method="defer")


def choose(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Leave the scripts of mathematics to pages that have some, and one viewport to each."""
    metatags = context.get("metatags", "")
    context["metatags"] = re.sub(r'<meta[^>]*name="viewport"[^>]*>', "", metatags)
    if "body" in context:  # items of a list of sources, as docutils calls the list
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
    if not _katex(app).is_dir():
        return
    if FORMULA.search(context.get("body", "")):
        app.add_js_file("../katex/katex.min.js", loading_method="defer")
        app.add_js_file(f"press/{MATHEMATICS}", loading_method="defer")
    context["script_files"] = [
        item
        for item in context.get("script_files", [])
        if "mathjax" not in f"{item.filename} {item.attributes.get('body', '')}".lower()
    ]


def embed_fonts(app: Sphinx, error: Exception | None) -> None:
    """Write KaTeX's style with its fonts inside: a page on a disk may not open fonts beside it."""
    folder = _katex(app)
    if error or app.builder.name != "html" or not folder.is_dir():
        return

    def embedded(face: re.Match) -> str:
        file = folder / face[1]
        if not file.is_file():
            return ""
        letters = base64.b64encode(file.read_bytes()).decode()
        source = f"src:url(data:font/woff2;base64,{letters})"
        return re.sub(r"src:[^;}]*", lambda _: source, face[0])

    style = FACE.sub(embedded, (folder / "katex.min.css").read_text(encoding="utf-8"))
    write_atomically(Path(app.outdir) / "katex" / "katex-embedded.css", style.encode())


def _katex(app: Sphinx) -> Path:
    return Path(app.srcdir) / "vendor" / "katex"
