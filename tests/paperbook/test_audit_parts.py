"""The parts of the audit on texts: typed results, leaks of labels and test data, shown numbers."""

from pathlib import Path

import pytest

from paperbook import compare, leaks, manifest, shown, typed


@pytest.mark.parametrize(
    "text",
    [
        "It reaches 98.7 % here.",
        "It took 3.4 minutes.",
        "about 12 s",
        "an accuracy of 0.987",
        "10–14 hours",
    ],
)
def test_a_number_that_looks_like_a_result_is_found(text):
    assert [line for line, _ in typed.results(f"first\n{text}")] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "images of 28 x 28 pixels",
        "in 2022",
        "Python 3.12",
        "{glue:text}`clean-accuracy:.2f` %",
        "`--rate 98.7 %`",
        "```\n98.7 %\n```",
        "<!-- table: written by x -->\n98.7 %\n<!-- end of table -->",
    ],
)
def test_settings_years_code_and_what_is_glued_are_no_results(text):
    assert list(typed.results(text)) == []


def test_the_list_of_exceptions_cannot_rot(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("The paper has 94.74 %.\n")
    listed = {"reason": "the paper's", "pages": ["page"], "texts": ["has 94.74 %"]}
    assert list(typed.findings({"page": page}, [listed])) == []
    page.write_text("The paper has 94.75 %.\n")
    found = [f.message for f in typed.findings({"page": page}, [listed])]
    assert found[0].startswith("“94.75 %” is typed, not glued")
    assert found[1] == "no number is typed in “has 94.74 %” any more; remove it"


RULES = leaks.Rules(frozenset({"fit", "score"}), {"page.rival": "it is meant to"}, {})
CLEAN = """
def run(model, data):
    labels = data.test.labels
    model.fit(data.train, data.validation, n=len(labels))
    return model.score(data.validation), labels == model.predict(data.test)
"""


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (CLEAN, []),
        (CLEAN.replace("fit(data.train", "fit(data.test"), ["test data"]),
        (CLEAN.replace("n=len(labels)", "y=labels"), ["labels"]),
        (CLEAN.replace("score(data.validation)", "score(data.test)"), ["test data"]),
        ("def run(m, d):\n    a, b = d.train, d.test\n    m.fit(a)\n    m.predict(b)\n", []),
        ("def run(m, d):\n    a, b = d.train, d.test\n    m.fit(b)\n", ["test data"]),
        ("def run(m, d):\n    a, b = (f(s) for s in (d.train, d.test))\n    m.fit(a)\n", []),
        (
            "def run(m, d):\n    a, b = (f(s) for s in (d.train, d.test))\n    m.fit(b)\n",
            ["test data"],
        ),
        ("def learn(m, x):\n    m.fit(x)\n\n\nlearn(m, d.test)\n", ["test data"]),
        ("def learn(m, x):\n    m.fit(x)\n\n\nlearn(m, d.train)\n", []),
        ("def rival(m, d):\n    m.fit(d.train, d.train.labels)\n", []),
        ("def rival(m, d):\n    m.fit(d.test, d.train.labels)\n", ["test data"]),
        ("def other(m, d):\n    m.fit(d.train, d.train.labels)\n", ["labels"]),
    ],
)
def test_labels_and_test_data_are_followed_to_what_learns_or_chooses(code, what):
    found = leaks.findings({"book/page.py": code}, RULES)
    assert [f.message.split(" reach")[0] for f in found] == what


def test_a_glued_number_is_shown_as_the_build_shows_it():
    texts = manifest.Texts({"page": {"a-b": "0.98712", "word": "'calm'"}}, {"sec-x": "Table 7"})
    text = "(l)=\n# T\n\n1. is {glue:text}`a-b:.2f`, {glue:text}`word`, {ref}`sec-x`, {eq}`y-3`, [a](b_9)"
    assert [n for n, _ in shown.numbers(texts.shown("page", text))] == ["0.99", "7"]
    with pytest.raises(manifest.GlueError, match="'c' is asked for"):
        texts.value("page", "c:.2f")


PAGE = """<p>nothing 1</p><article><h1><span class="section-number">2. </span>A
<a class="headerlink" href="#a">#9</a></h1><p id="p">It is 98.7 <a class="reference internal"
href="b.html#eq"><span class="std std-numref">Fig. 2.1</span></a><br/>and 3.</p>
<pre>x = 4</pre><svg><text>5</text></svg></article>"""


def test_prose_code_drawings_and_references_are_told_apart():
    page = shown.read(PAGE)
    assert [number for number, _, _ in page.numbers()] == ["98.7", "3"]
    assert (page.code, page.drawings) == (["x = 4"], ["5"])
    assert page.references == [("b.html#eq", "Fig. 2.1")]
    assert list(page.counted.values()) == ["2."]


@pytest.mark.parametrize(("digit", "count"), [("98.7", 0), ("98.8", 1), ("", 1)])
def test_a_page_has_to_show_the_numbers_of_its_source_in_order(digit, count):
    page = shown.read(PAGE.replace("98.7", digit))
    expected = [("98.7", "It is 98.7"), ("3", "and 3.")]
    assert len(list(compare.page_numbers("p", expected, page, ()))) == count
