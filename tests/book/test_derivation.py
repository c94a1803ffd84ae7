"""The derivation: labels are unique, references lead somewhere, the code it names exists."""

import importlib
import re

import pytest
import yaml

from fplib import __version__
from paperbook import pages
from tests.support.tinybook import ROOT

TEXT = pages.page_path(ROOT, "derivation").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`(fplib\.\w+\.\w+)`", TEXT)))


def labels(pattern):
    return re.findall(pattern, TEXT)


def test_equations_are_labelled_once_and_every_reference_has_its_equation():
    equations = labels(r"(?m)^# \$\$ \((.+)\)$")
    assert len(equations) == len(set(equations)) > 50
    assert all(name.startswith("eq-") for name in equations)
    assert set(labels(r"\{eq\}`([\w-]+)`")) <= set(equations)


@pytest.mark.parametrize("kind", ["tbl", "fig"])
def test_numbered_references_have_a_target(kind):
    named = labels(rf"(?::name: |\")({kind}-[\w-]+)")
    assert len(named) == len(set(named)) > 1
    assert set(labels(rf"\{{numref\}}`({kind}-[\w-]+)`")) <= set(named)


@pytest.mark.parametrize("name", NAMES)
def test_code_named_in_the_text_exists(name):
    module, attribute = name.rsplit(".", 1)
    assert callable(getattr(importlib.import_module(module), attribute))


def test_enough_code_is_named():
    assert len(NAMES) >= 12


def test_every_named_term_of_the_bound_is_in_the_text():
    from fplib import elbo

    for term in re.findall(r"\| `([a-z_.]+)", elbo.elbo_terms.__doc__):
        assert f"`{term}" in TEXT


def test_citation_file_names_this_version_and_the_paper():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
    (paper,) = citation["references"]
    assert [a["family-names"] for a in paper["authors"]] == ["Trask", "Martinez", "Lee", "Boyce"]
    assert paper["identifiers"][0]["value"] == "arXiv:2202.03242"
