"""What others than readers ask of a site: descriptions, a map, its own page for a wrong address.

The address of the site follows from the one setting `repository` (GitHub's and GitLab's pages) unless
`html_baseurl` is set. What needs it is absent without it.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from paperbook.files import write_atomically

HOSTED = re.compile(r"https://(github|gitlab)\.com/([\w.-]+)/([\w.-]+)")
LONGEST = 200  # letters of a description
LOST = """<section><h1>There is no such page</h1>
<p>The address leads nowhere in this book; a page may have another name now.
<a class="reference internal" href="{start}">Begin at its first page</a>, or look for a word:</p>
<form action="search.html" method="get"><input class="form-control" type="search" name="q"
aria-label="Search this book"></form></section>"""


def setup(app: Sphinx) -> None:
    """Connect once the repository is known, and where pages are made."""
    app.connect("config-inited", set_address, priority=600)
    app.connect("html-collect-pages", lost_page)
    app.connect("html-page-context", describe)
    app.connect("build-finished", write_map)


def set_address(app: Sphinx, config: Config) -> None:
    """Set the address of the site where the repository tells it."""
    found = HOSTED.fullmatch(config.html_theme_options.get("repository_url") or "")
    if found and not config.html_baseurl:
        host, owner, name = found.groups()
        own = name.lower() == f"{owner}.{host}.io".lower()
        config.html_baseurl = f"https://{owner.lower()}.{host}.io/" + ("" if own else f"{name}/")


def describe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give a page what search engines and messages show of it."""
    base, title = app.config.html_baseurl, re.sub(r"<[^>]*>", "", context.get("title", ""))
    words = description(doctree) if doctree else ""
    context["described"] = [("description", words)] if words else []
    context["described"] += [("og:title", title), ("og:type", "article")]
    context["described"] += [("og:site_name", app.config.html_title or app.config.project)]
    if words:
        context["described"].append(("og:description", words))
    if base:
        context["described"].append(("og:url", f"{base}{quote(pagename)}.html"))
        picture = first_picture(app, doctree) if doctree else None
        if picture:
            context["described"].append(("og:image", f"{base}_images/{quote(picture)}"))
    if pagename == "404" and base:  # is shown for addresses in any folder
        context["metatags"] = f'<base href="{escape(urlsplit(base).path)}">'


def description(doctree: nodes.document) -> str:
    """The beginning of a page's first paragraph of prose, up to the end of a sentence or a word."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, (nodes.section, nodes.document, nodes.Admonition)):
            words = " ".join(paragraph.astext().split())
            if len(words) <= LONGEST:
                return words
            part = words[:LONGEST]
            ended = max(part.rfind(". "), part.rfind("? "))
            return part[: ended + 1] if ended > LONGEST / 3 else part.rpartition(" ")[0] + " …"
    return ""


def first_picture(app: Sphinx, doctree: nodes.document) -> str | None:
    """File name of a page's first picture."""
    pictures = (app.builder.images.get(image["uri"]) for image in doctree.findall(nodes.image))
    return next((name for name in pictures if name), None)


def lost_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page that a server shows for a wrong address."""
    start = app.builder.get_target_uri(app.config.root_doc)
    yield "404", {"title": "No such page", "body": LOST.format(start=start)}, "page.html"


def write_map(app: Sphinx, error: Exception | None) -> None:
    """List the pages for search engines."""
    base, place = app.config.html_baseurl, Path(app.outdir) / "sitemap.xml"
    if error or app.builder.name != "html":
        return
    if not base:
        place.unlink(missing_ok=True)
        return
    names = sorted(app.env.found_docs)
    pages = "\n".join(f"<url><loc>{escape(base + quote(n))}.html</loc></url>" for n in names)
    text = '<?xml version="1.0" encoding="utf-8"?>\n'
    text += f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{pages}\n</urlset>\n'
    write_atomically(place, text.encode())
