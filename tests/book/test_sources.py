"""Code that pages show exists, and so do the equations that it computes."""

from __future__ import annotations

import re

import pytest

from paperbook.definitions import find
from paperbook.sphinx.sources import uses
from tests.support.tinybook import ROOT

TEXTS = {
    path.name: path.read_text(encoding="utf-8")
    for pattern in ("*.py", "*.md")
    for path in sorted((ROOT / "book").glob(pattern))
}
USES = [(page, *use) for page, text in TEXTS.items() for use in uses(text)]
EQUATIONS = {
    label for text in TEXTS.values() for label in re.findall(r"(?m)^(?:# )?\$\$ \((.+)\)$", text)
}


@pytest.mark.parametrize(("page", "name", "equations"), USES, ids=lambda value: str(value))
def test_shown_code_and_its_equations_exist(page, name, equations):
    assert find(name, ROOT).code
    assert set(equations) <= EQUATIONS


def test_enough_is_shown():
    assert len({name for _, name, _ in USES}) >= 40
