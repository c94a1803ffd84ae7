"""Stored notebooks tell nothing about the machine, and their pictures are left alone."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import nbformat
import numpy as np
import pytest

from paperbook import scrub
from paperbook.plan import Plan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/jo/data.csv", "~/data.csv"),
        ("see /home/jo.", "see /home/jo."),  # a name that goes on with a full stop is another
        ("/home/joe/data.csv", "/home/joe/data.csv"),
        ("a/home/jo/b", "a/home/jo/b"),
        ("'/home/jo'", "'~'"),
        ("/srv/book/x /home/jo", "./x ~"),
    ],
)
def test_whole_components_only(text: str, expected: str) -> None:
    assert scrub.without(text, [("/srv/book", "."), ("/home/jo", "~")]) == expected


def test_pictures_survive_any_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: Path("/x")))
    picture = base64.b64encode(np.random.default_rng(0).bytes(200_000)).decode()
    assert "/x" in picture
    output = nbformat.v4.new_output(
        "display_data",
        data={"image/png": picture, "text/plain": "in /x/y", "application/z+json": {"a": picture}},
    )
    stream = nbformat.v4.new_output("stream", text=f"{tmp_path}/a and /x/b")
    cell = nbformat.v4.new_code_cell("1", outputs=[output, stream])
    path = tmp_path / "page.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    plan = Plan(tmp_path, "page", "quick", {}, "k" * 64, path, tmp_path)
    scrub.label(plan, path)
    notebook = json.loads(path.read_text())
    shown, said = notebook["cells"][0]["outputs"]
    assert "".join(shown["data"]["image/png"]) == picture
    assert shown["data"]["application/z+json"] == {"a": picture}
    assert "".join(shown["data"]["text/plain"]) == "in ~/y"
    assert "".join(said["text"]) == "./a and ~/b"
    assert notebook["metadata"]["paperbook"]["key"] == plan.key
