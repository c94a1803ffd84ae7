"""The address of the book's repository: one setting, from which its buttons follow.

`repository: https://github.com/NAME/REPOSITORY` under `sphinx: config:` in _config.yml, or the
environment variable BOOK_REPOSITORY, gives every page buttons that lead to the repository, to a new
issue and to the page's source for an edit; {repository}`words` in a text becomes a link to it. Without
an address there are none.
"""

import os
import re
import sys

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxRole

BUTTONS = ("use_repository_button", "use_issues_button", "use_edit_page_button")
ADDRESS = re.compile(r"https://[\w.-]*(github|gitlab|bitbucket)[\w.-]*(/[\w.-]+){2,}")


def setup(app: Sphinx) -> None:
    """Add the settings; the theme reads what follows from them when the builder begins."""
    app.add_config_value("repository", "", "html")
    app.add_config_value("repository_branch", "main", "html")
    app.connect("config-inited", set_buttons)
    app.add_role("repository", Link())


class Link(SphinxRole):
    """Words that lead to the repository, behind a dot; nothing where it has no address."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The nodes of one such link."""
        address = self.config.html_theme_options.get("repository_url")
        if not address:
            return [], []
        link = nodes.reference("", self.text, refuri=address, internal=False)
        return [nodes.Text(" · "), link], []


def set_buttons(app: Sphinx, config: Config) -> None:
    """Hand the address to the theme, or take away the one that Jupyter Book has of its own."""
    address = (os.environ.get("BOOK_REPOSITORY") or config.repository or "").rstrip("/")
    found = ADDRESS.fullmatch(address)
    if address and not found:
        print(
            "\nThe book was not built: repository: expected an address at GitHub, GitLab or "
            f"Bitbucket, such as https://github.com/NAME/REPOSITORY, received {address!r}",
            file=sys.stderr,
        )
        raise SystemExit(1)
    options = config.html_theme_options
    options["repository_url"] = address
    options["repository_branch"] = config.repository_branch
    for button in BUTTONS:
        options[button] = bool(address)
    if found and found[1] == "bitbucket":  # the theme knows no issues there
        options["use_issues_button"] = False
