"""The audit on a tiny book: whole, it is silent; every kind of lie is noticed, and by which check."""

import json
import os
from pathlib import Path

import pytest

from paperbook import built, checks, compare, leaks, manifest, seals, typed
from paperbook.lies import trial
from paperbook.lies.planter import Planter

pytestmark = pytest.mark.slow
FRONT = '''\
"""The README's number."""

import json


def text(root):
    record = json.loads((root / "results/measure/seed_0.json").read_text())
    begin, end = "<!-- number: written by scripts/front.py -->", "<!-- end of number -->"
    return f"{begin}\\n{record['metrics']['value']}\\n{end}\\n"


def findings(root):
    if (root / "README.md").read_text() != text(root):
        yield "README.md", "is not what the records give"
'''
LEARN = """\
# %% [markdown]
# # Learn
#
# A page of words and a fit. It is never built.

# %%
def learn(model, data):
    model.fit(data.train, data.validation)
    return model.score(data.validation), data.test.labels == model.predict(data.test)
"""
INDEX = """\
(sec-tiny)=
# Tiny

The number is {glue:text}`measure.py::measure-value:.2f`, shown in 2 places as
{glue:text}`show.py::shown-value:.2f`;
{numref}`fig-one` has two versions, {numref}`tbl-one` a caption,
and the equation is {eq}`eq-one`. There are {room}`files tiny` files.

```{math}
:label: eq-one
x^2 = 4
```

```{source} tiny.tide.height
```

```{rooms} tiny
:name: fig-rooms

The rooms.
```

```{eval-rst}
.. automodule:: tiny.tide
   :members:
```

```{nb-exec-table}
```
"""


@pytest.fixture(scope="module")
def book(tiny):
    """The tiny book with published records, a README, and pages that hold something of everything."""
    root = tiny.root
    (root / "book/index.md").write_text(INDEX)
    (root / "book/learn.py").write_text(LEARN)
    tiny.edit("tiny/tide.py", "def height(factor):", "def height(factor, days=28):")
    tiny.edit(
        "tiny/tide.py",
        '"""Height of the water, m."""',
        '"""Height of the water, m, of 365 days."""',
    )
    tiny.edit(
        "book/measure.py", '[["seed", "value"]]', '.assign(half=4.75)[["seed", "value", "half"]]'
    )
    tiny.edit("params/quick.yml", "{factor: 3.0}", "{factor: 3.0, seeds: [0, 1, 2]}")
    pages = "".join(f"      - file: book/{page}\n" for page in ("show", "measure"))
    toc = f"format: jb-book\nroot: book/index\nparts:\n  - numbered: true\n    chapters:\n{pages}"
    (root / "_toc.yml").write_text(toc)
    (root / "scripts").mkdir()
    (root / "scripts/front.py").write_text(FRONT)
    (root / "pyproject.toml").write_text(
        '[tool.paperbook]\naudit = ["scripts/front.py:findings"]\n'
    )
    done = tiny.run("run", "measure", "--records", "results")
    assert done.returncode == 0, done.stderr
    seals.seal_records(root)
    front = {}
    exec(FRONT, front)
    (root / "README.md").write_text(front["text"](root))
    done = tiny.build()
    assert done.returncode == 0, done.stdout + done.stderr
    return tiny


@pytest.fixture
def planter(book):
    """Lies about the tiny book."""
    return Planter(book.root, book.root / checks.HTML, "quick")


def tried(planter, kind, memo, each=3):
    """Verdicts on some lies of one kind."""
    kinds = {kind: trial.KINDS[kind]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trial, "KINDS", kinds)
        return list(trial.trial(planter, each, lambda: checks.audit(planter.root, memo)))


def test_the_untouched_book_is_in_order_and_nothing_is_left_unsaid(book):
    assert [f for f in checks.audit(book.root) if f.serious] == []
    done = book.run("audit")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("0 findings in sources and records, with a built book\n")


@pytest.mark.parametrize("kind", trial.KINDS)
def test_every_kind_of_lie_is_noticed_by_a_check_that_is_there_for_it(planter, kind):
    verdicts = tried(planter, kind, checks.Memo())
    assert verdicts, "no place for such a lie in the tiny book"
    assert all(v.noticed for v in verdicts), verdicts
    assert all(v.meant for v in verdicts), verdicts
    assert not [f for f in checks.audit(planter.root) if f.serious], "a lie was left behind"


def silent(*given, **more):
    """A check that finds nothing."""
    return iter(())


BROKEN = {
    "a digit in prose": [(compare, "page_numbers"), (compare, "docstrings")],
    "a digit in a table": [(compare, "page_numbers")],
    "a number of a figure, equation or section": [(compare, "counted"), (compare, "references")],
    "a digit in code or its output": [(compare, "code")],
    "a digit in a docstring": [(compare, "docstrings"), (compare, "page_numbers")],
    "a digit in a drawing": [(compare, "drawings")],
    "a stale figure": [(compare, "pictures")],
    "a glued number, in run and page": [(built.Built, "_fresh"), (compare, "page_numbers")],
    "a seed dropped": [(checks, "published"), (checks, "own")],
    "a digit in a record, signed again": [(checks, "published"), (checks, "own")],
    "a digit in the README": [(checks, "own")],
    "a result typed into prose": [
        (typed, "findings"),
        (built.Built, "_fresh"),
        (compare, "page_numbers"),
    ],
    "labels given to training": [(leaks, "findings")],
    "test data given to selection": [(leaks, "findings")],
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_check_that_is_broken_on_purpose_lets_the_lie_pass(planter, kind, monkeypatch):
    monkeypatch.setattr(seals, "broken", silent)
    for module, name in BROKEN[kind]:
        monkeypatch.setattr(module, name, silent)
    verdicts = tried(planter, kind, checks.Memo())
    assert verdicts
    assert not all(v.noticed for v in verdicts), (
        "something else notices it; the check is not needed"
    )


def test_a_sum_notices_what_no_other_check_looks_at(book):
    path = book.root / checks.HTML / "book" / "show.html"
    before = path.read_bytes()
    path.write_bytes(before + b"<!-- later -->")
    try:
        found = [f for f in checks.audit(book.root) if f.serious]
    finally:
        path.write_bytes(before)
    assert [(f.check, f.place) for f in found] == [("seal", "book/show.html")]


def test_a_run_of_other_parameters_is_noticed(book):
    path = book.root / "params/quick.yml"
    before = path.read_text()
    path.write_text(before.replace("3.0", "4.0"))
    try:
        found = [f for f in checks.audit(book.root) if f.serious]
    finally:
        path.write_text(before)
    assert ("runs", "runs/quick/measure.ipynb") in [(f.check, f.place) for f in found]


def test_a_stored_run_that_was_edited_is_noticed(book):
    path = book.root / "runs/quick/measure.ipynb"
    before, times = path.read_bytes(), path.stat()
    notebook = json.loads(before)
    assert notebook["metadata"]["paperbook"]["digest"] == manifest.digest(notebook)
    path.write_bytes(before.replace(b"a single dot", b"a second dot"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    try:
        found = [f for f in checks.audit(book.root) if f.serious]
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert [f.message for f in found] == ["was changed after it was executed"]


def test_the_committed_book_is_in_order():
    root = Path(__file__).resolve().parents[2]
    assert [str(f) for f in checks.audit(root, html="nowhere") if f.serious] == []
