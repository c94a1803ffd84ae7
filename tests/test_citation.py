"""How the project is to be cited: a valid CITATION.cff, and the files that say the same."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from typing import Any

import jsonschema
import pytest
import yaml

import fplib
from tests.support.tinybook import ROOT

TEXT = {"type": "string", "minLength": 1}
# What the Citation File Format 1.2.0 says of the keys that are used here; others are refused, since
# a slip of the pen would look like one.
PERSON = {
    "type": "object",
    "properties": dict.fromkeys(("family-names", "given-names", "orcid", "affiliation"), TEXT),
    "required": ["family-names"],
    "additionalProperties": False,
}
ENTITY = {
    "type": "object",
    "properties": {"name": TEXT, "website": TEXT},
    "required": ["name"],
    "additionalProperties": False,
}
AUTHORS = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"anyOf": [PERSON, ENTITY]},
}
ADDRESS = {"type": "string", "pattern": "^(https|http|ftp|sftp)://"}
IDENTIFIER = {
    "type": "object",
    "properties": {"type": {"enum": ["doi", "url", "swh", "other"]}, "value": TEXT},
    "required": ["type", "value"],
    "additionalProperties": False,
}
COMMON: dict[str, Any] = {
    "title": TEXT,
    "authors": AUTHORS,
    "url": ADDRESS,
    "doi": {"type": "string", "pattern": r"^10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-\.\(\)\[\]\\]+$"},
    "identifiers": {"type": "array", "minItems": 1, "items": IDENTIFIER},
}
REFERENCE = {
    "type": "object",
    "properties": COMMON
    | {"type": {"enum": ["article", "software", "thesis", "book"]}, "year": {"type": "integer"}}
    | {"journal": TEXT, "notes": TEXT},
    "required": ["authors", "title", "type"],
    "additionalProperties": False,
}
CITATION = {
    "type": "object",
    "properties": COMMON
    | {
        "cff-version": {"const": "1.2.0"},
        "message": TEXT,
        "type": {"enum": ["software", "dataset"]},
        "abstract": TEXT,
        "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "date-released": {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])-[0-3]\d$"},
        "license": {"const": "MIT"},
        "repository-code": ADDRESS,
        "keywords": {"type": "array", "minItems": 1, "uniqueItems": True, "items": TEXT},
        "references": {"type": "array", "minItems": 1, "items": REFERENCE},
    },
    "required": ["cff-version", "message", "title", "authors"],
    "additionalProperties": False,
}
FILE = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
META = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_citation_file_is_valid() -> None:
    jsonschema.validate(FILE, CITATION)


def without(key: str, found: dict[str, Any]) -> None:
    del found[key]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: without("message", found),
        lambda found: without("title", found["references"][0]),
        lambda found: found["authors"].clear(),
        lambda found: found["authors"].append({"nmae": "somebody"}),
        lambda found: found.update(version=0.1),
        lambda found: found.update({"date-released": "25.11.2026"}),
        lambda found: found["references"][0]["identifiers"][0].update(type="arxiv"),
        lambda found: found.update(licence="MIT"),
    ],
)
def test_the_check_refuses_what_the_format_does_not_know(spoil) -> None:
    found = copy.deepcopy(FILE)
    spoil(found)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, CITATION)


def test_all_files_name_one_version_and_one_date() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, date = re.search(r"^## \[(\d[\d.]*)\] - (\S+)$", changes, re.MULTILINE).groups()
    assert version == FILE["version"] == META["version"] == PROJECT["version"] == fplib.__version__
    assert date == FILE["date-released"] == META["datePublished"]


def test_codemeta_says_what_the_other_files_say() -> None:
    assert META["name"] == PROJECT["name"]
    assert META["description"] == PROJECT["description"]
    assert META["runtimePlatform"] == f"Python {PROJECT['requires-python']}"
    assert META["license"].rpartition("/")[2] == FILE["license"] == PROJECT["license"]
    assert META["keywords"] == FILE["keywords"]
    assert [author["name"] for author in META["author"]] == [a["name"] for a in FILE["authors"]]
    assert META.get("codeRepository") == FILE.get("repository-code")


def test_the_paper_is_the_same_everywhere() -> None:
    (paper,) = FILE["references"]
    other = META["referencePublication"]
    assert other["name"] == paper["title"]
    assert other["id"] == paper["url"]
    assert other["datePublished"] == str(paper["year"])
    names = [(a["given-names"], a["family-names"]) for a in paper["authors"]]
    assert names == [(a["givenName"], a["familyName"]) for a in other["author"]]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert paper["title"] in readme
    assert " and ".join(f"{family}, {given}" for given, family in names) in readme
    assert paper["identifiers"][0]["value"] in readme
