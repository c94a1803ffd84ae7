"""The six formulas and their proofs: labels are unique, references lead somewhere, code is shown."""

import re

import pytest
import yaml

from fplib import __version__
from paperbook import definitions, pages
from paperbook.sphinx.sources import uses
from tests.support.tinybook import ROOT

FORMULAS, PROOFS = (
    pages.page_path(ROOT, page).read_text(encoding="utf-8") for page in ("derivation", "proofs")
)
TEXT = FORMULAS + PROOFS
SHOWN: dict[str, list[str]] = {}
for name, equations in uses(TEXT):
    SHOWN.setdefault(name, []).extend(equations)


def labels(pattern):
    return re.findall(pattern, TEXT)


def test_equations_are_labelled_once_and_every_reference_has_its_equation():
    equations = labels(r"(?m)^# \$\$ \((.+)\)$")
    assert len(equations) == len(set(equations)) > 50
    assert all(name.startswith("eq-") for name in equations)
    assert set(labels(r"\{eq\}`([\w-]+)`")) <= set(equations)


def test_the_derivation_is_six_boxed_formulas_each_with_its_code():
    sections = FORMULAS.split("\n# ## ")[1:]
    assert len(sections) == 6
    for section in sections:
        assert section.count("\\boxed{") == 1
        (label,) = re.findall(r"(?m)^# \$\$ \((.+)\)$", section)
        codes = list(uses(section))
        assert codes
        assert all(label in equations for _, equations in codes)
    assert "\\boxed" not in PROOFS


@pytest.mark.parametrize("kind", ["tbl", "fig"])
def test_numbered_references_have_a_target(kind):
    named = labels(rf"(?:# :name: |#\| label: )({kind}-[\w-]+)")
    assert len(named) == len(set(named)) > 1
    assert set(labels(rf"\{{numref\}}`({kind}-[\w-]+)`")) - {"tbl-errata"} <= set(named)


def test_the_code_of_the_formulas_is_shown():
    assert len(SHOWN) >= 20
    assert all(SHOWN.values()), "code without an equation"
    assert "Code: `" not in TEXT


@pytest.mark.parametrize(
    ("function", "equation"),
    [
        ("fplib.gaussians.product_of_experts", "eq-poe"),
        ("fplib.gaussians.kl_divergence", "eq-prediction"),
        ("fplib.mixture.log_responsibilities", "eq-responsibilities"),
        ("fplib.mixture.mean_field_log_responsibilities", "eq-mean-field"),
        ("fplib.mixture.maximise", "eq-em"),
        ("fplib.elbo.elbo_terms", "eq-elbo-closed"),
        ("fplib.experts.weighted_least_squares", "eq-wls"),
        ("fplib.experts.noise_variance", "eq-expert-variance"),
        ("fplib.experts.mixture_moments", "eq-prediction"),
        ("fplib.metrics.clustering_accuracy", "eq-accuracy"),
    ],
)
def test_a_formula_stands_right_above_its_code(function, equation):
    assert equation in SHOWN[function]
    begin = TEXT.index(f"({equation})")
    end = TEXT.index(f"{{source}} {function}")
    assert begin < end
    assert "\n# ## " not in TEXT[begin:end], "another section between them"


def test_every_check_names_its_equation():
    checked = labels(r'agree\("[^"]+", "([\w-]+)"')
    assert len(checked) >= 15
    assert set(checked) <= set(labels(r"(?m)^# \$\$ \((.+)\)$"))


def test_every_named_term_of_the_bound_is_in_the_text():
    from fplib import elbo

    terms = re.findall(r"`([a-z_]+\.?)[^`]*`", elbo.elbo_terms.__doc__)
    assert len(terms) >= 6
    assert "expected_log_cluster_densities" in definitions.find("fplib.elbo.elbo_terms", ROOT).code
    for term in terms:
        assert f"`{term}" in TEXT


def test_citation_file_names_this_version_and_the_paper():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
    (paper,) = citation["references"]
    assert [a["family-names"] for a in paper["authors"]] == ["Trask", "Martinez", "Lee", "Boyce"]
    assert paper["identifiers"][0]["value"] == "arXiv:2202.03242"
