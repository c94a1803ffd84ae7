"""What pages hand to their prose arrives as it is."""

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

import paperbook


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (paperbook.number(1_000_000), "'1\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}000'"),
        ("8.7 × 10⁻¹⁵", "'8.7 × 10⁻¹⁵'"),
        (np.float32(0.5), "0.5"),
        (np.int64(3), "3"),
    ],
)
def test_values_are_glued_under_their_name(monkeypatch, value, shown) -> None:
    glued = {}
    shell = InteractiveShell.instance()

    def one(name, thing, display):
        assert not display
        glued[name] = shell.display_formatter.format(thing)[0]["text/plain"]

    monkeypatch.setattr("myst_nb.glue", one)
    paperbook.glue("page", some_value=value)
    assert glued == {"page-some-value": shown}
