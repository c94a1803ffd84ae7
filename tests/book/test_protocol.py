"""The page that chooses the recipe: what it may look at, and what it compares."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import yaml

from fplib.config import Training

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (ROOT / "book" / "protocol.py").read_text(encoding="utf-8")
FIELDS = next(
    statement.value
    for statement in ast.parse(SOURCE).body
    if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "FIELDS"
)


def opened(source: str) -> list[str]:
    """Whatever reads test specimens, by attribute or by name, and whatever passes labels on."""
    tree = ast.parse(source)
    attributes = [n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
    strings = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    return [a for a in attributes if a in ("test", "labels")] + [s for s in strings if s == "test"]


def test_the_page_opens_neither_test_specimens_nor_labels():
    assert opened(SOURCE) == []
    assert opened("evaluate(model, data.test)") == ["test"]
    assert opened('evaluate(model, getattr(data, "test"))') == ["test"]
    assert opened("model.fit(data.train, data.train.labels)") == ["labels"]


def test_every_setting_that_is_varied_is_one_of_joint_training():
    fields = {f.name for f in dataclasses.fields(Training)}
    values = {
        ast.literal_eval(key): value for key, value in zip(FIELDS.keys, FIELDS.values, strict=True)
    }
    assert set(values) <= fields
    for name, listed in values.items():
        texts = [ast.unparse(value) for value in listed.elts]
        assert len(set(texts)) == len(texts) >= 2, name


def test_the_full_profile_tries_all_of_them_on_seeds_that_are_not_published():
    profile = yaml.safe_load((ROOT / "params" / "full.yml").read_text(encoding="utf-8"))
    names = [ast.literal_eval(key) for key in FIELDS.keys]
    assert profile["protocol"]["fields"] == names
    assert not set(profile["protocol"]["seeds"]) & set(profile["mnist_clean"]["seeds"])
    assert len(profile["protocol"]["seeds"]) >= 3
