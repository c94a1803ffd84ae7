"""Pages, profiles, parameters, keys: what decides whether a page runs, and with what."""

import json

import nbformat
import pytest

from paperbook import pages, parameters
from paperbook.plan import Planner

HEAD = "# %% [markdown]\n# # Title\n\n"
CODE = (
    '# %% tags=["parameters"]\nrate: float = 0.5  # of learning\nname: str = "a"\n\n'
    "# %%\nfrom lab.thing import f\n\n# %%\nx = 1\n"
)


@pytest.fixture
def project(tmp_path):
    """A project with two pages and one profile."""
    for name, text in {
        "_config.yml": "",
        "book/one.py": HEAD + CODE,
        "book/two.py": "# ---\n# jupyter:\n#   paperbook: {reads: [one, data/*.txt]}\n# ---\n\n"
        + HEAD,
        "lab/thing.py": '"""Doc."""\n\n\ndef f():\n    """Words."""\n    return 1  # why\n',
        "lab/__init__.py": "",
        "params/quick.yml": "one: {rate: 0.25}\n",
        "data/a.txt": "1",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def key(project, page="one", profile="quick"):
    return Planner(project, profile).plan(page).key


def edit(project, name, old, new):
    path = project / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_page_is_a_valid_notebook_with_a_language():
    notebook = pages.parse_page(HEAD + CODE)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec == pages.KERNEL
    assert [cell.id for cell in notebook.cells] == ["cell-0", "cell-1", "cell-2", "cell-3"]


@pytest.mark.parametrize(
    "indent", ["#   paperbook: {reads: [one]}\n", "# paperbook:\n#   reads: [one]\n"]
)
def test_settings_may_stand_inside_or_beside_the_jupyter_header(indent):
    kernel = "#   kernelspec: {name: python3, display_name: Python}\n"
    text = f"# ---\n# jupyter:\n{kernel}{indent}# ---\n\n{HEAD}"
    notebook = pages.parse_page(text)
    assert notebook.metadata["paperbook"]["reads"] == ["one"]
    assert [cell.cell_type for cell in notebook.cells] == ["markdown"]


def test_defaults_are_read_from_the_parameters_cell():
    assert pages.defaults(pages.parse_page(CODE), "one") == {"rate": 0.5, "name": "a"}


def test_defaults_must_be_plain_and_in_one_cell():
    with pytest.raises(pages.PageError, match="must assign plain values"):
        pages.defaults(pages.parse_page(CODE.replace("0.5", "max(1, 2)")), "one")
    with pytest.raises(pages.PageError, match="2 parameters cells"):
        pages.defaults(pages.parse_page(CODE + CODE), "one")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rat": 0.1}, "unknown parameter 'rat' of page 'one' in here: did you mean 'rate'?"),
        ({"rate": "1e-3"}, "expected float like 0.5, got '1e-3' (YAML reads 1e-3 as text"),
        ({"rate": True}, "expected float like 0.5, got True"),
        ({"name": 3}, "expected str like 'a', got 3"),
    ],
)
def test_wrong_parameters_are_refused(given, said):
    with pytest.raises(pages.PageError) as caught:
        parameters.check("one", given, {"rate": 0.5, "name": "a"}, "here")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("default", "value"), [(0.5, 1), ((1, 2), [3]), (None, "x"), (3, None), (False, True)]
)
def test_values_of_the_right_kind_are_taken(default, value):
    assert parameters.check("one", {"p": value}, {"p": default}, "here") is None


def test_values_replace_defaults_and_nothing_else():
    source = 'a: int = 1  # α, of things\nb = ("x",\n     "y")  # two\nc = 2; d = 3\n'
    changed = pages.with_values(source, {"a": 10, "b": "z", "d": None})
    assert changed == 'a: int = 10  # α, of things\nb = "z"  # two\nc = 2; d = None\n'
    assert pages.with_values(source, {"a": 1}) == source


@pytest.mark.parametrize("value", ['say "x"', "back\\slash", "line\nbreak", "it's", 1e-5, [1, "a"]])
def test_values_are_written_as_python_reads_them(value):
    namespace = {}
    exec(pages.with_values("a = 1\n", {"a": value}), namespace)
    assert namespace["a"] == value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("onee: {rate: 1.0}", "unknown page 'onee': did you mean 'one'?"),
        ("one: {rte: 1.0}", "unknown parameter 'rte'"),
        ("one: 3", "expected parameters, got 3"),
        ("[one]", "expected page names, got list"),
        ("one: {rate: [}", "is not valid YAML"),
    ],
)
def test_profiles_are_checked_whole(project, content, said):
    (project / "params/quick.yml").write_text(content)
    with pytest.raises(pages.PageError) as caught:
        Planner(project, "quick")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_profile_names_the_known(project):
    with pytest.raises(pages.PageError, match="unknown profile 'xyz': known: quick"):
        Planner(project, "xyz")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("book/one.py", "x = 1", "x = 2"),
        ("book/one.py", "rate: float = 0.5", "rate: float = 0.6"),
        ("params/quick.yml", "0.25", "0.26"),
        ("lab/thing.py", "return 1", "return 2"),
    ],
)
def test_what_changes_a_number_changes_the_key(project, name, old, new):
    before = key(project)
    edit(project, name, old, new)
    assert key(project) != before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("book/one.py", "# # Title", "# # Another title"),
        ("book/one.py", "# %%\nx", '# %% tags=["hide-input"]\nx'),
        ("lab/thing.py", "Words.", "Other words."),
        ("lab/thing.py", "# why", "# because"),
    ],
)
def test_words_do_not_change_the_key(project, name, old, new):
    before = key(project)
    edit(project, name, old, new)
    assert key(project) == before


def test_profiles_never_share_a_run(project):
    (project / "params/full.yml").write_text((project / "params/quick.yml").read_text())
    assert key(project, profile="quick") != key(project, profile="full")


@pytest.mark.parametrize(
    ("name", "old", "new"), [("book/one.py", "x = 1", "x = 2"), ("data/a.txt", "1", "2")]
)
def test_a_page_depends_on_what_it_reads(project, name, old, new):
    before = key(project, "two")
    edit(project, name, old, new)
    assert key(project, "two") != before


def test_pages_that_read_each_other_are_refused(project):
    (project / "book/one.py").write_text(
        (project / "book/two.py").read_text().replace("one", "two")
    )
    (project / "params/quick.yml").write_text("")
    with pytest.raises(pages.PageError, match="in a circle: one -> two -> one"):
        Planner(project, "quick").plan("one")


def test_papermill_reads_a_page(project):
    read = pages.PageHandler.read(f"nb:{project}/book/one.py")
    assert json.loads(read)["metadata"]["kernelspec"]["language"] == "python"
    with pytest.raises(pages.PageError, match=r"output file \*.ipynb"):
        pages.PageHandler.write("", "nb:x.py")


def test_captions_above_a_cell_become_metadata_and_are_not_code():
    text = (
        CODE
        + "\n# %%\n#| label: fig-a\n#| caption: >-\n#|   Two: lines\n#|   of it.\n#| alt: A dot.\ny = 2\n"
    )
    cell = pages.parse_page(text).cells[-1]
    assert cell.source == "y = 2"
    assert cell.metadata.mystnb["figure"] == {"name": "fig-a", "caption": "Two: lines of it."}
    assert cell.metadata.alt == "A dot."
    table = pages.parse_page(text.replace("fig-a", "tbl-a")).cells[-1]
    assert table.metadata.table["name"] == "tbl-a"
    with pytest.raises(pages.PageError, match="expected `#. label:`"):
        pages.parse_page(text.replace("label", "lable"))


def test_dividing_a_cell_changes_the_key(project):
    """Each cell has outputs of its own: a run of fewer cells cannot be shown for more."""
    page = project / "book/one.py"
    page.write_text(page.read_text() + "\n# %%\ny = 2\nz = 3\n")
    before = key(project)
    edit(project, "book/one.py", "y = 2\nz", "y = 2\n\n# %%\nz")
    assert key(project) != before


def test_captions_do_not_change_the_key(project):
    page = project / "book/one.py"
    page.write_text(page.read_text() + "\n# %%\n#| label: fig-a\n#| caption: One.\ny = 2\n")
    before = key(project)
    edit(project, "book/one.py", "One.", "Two.")
    assert key(project) == before


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["-p", "noise", "-1e-3"], {"noise": -1e-3}),
        (["-p", "noise", "-inf"], {"noise": float("-inf")}),
        (["-p", "noise=-inf"], {"noise": float("-inf")}),
        (["-p", "seeds", "[1,", "2]"], {"seeds": [1, 2]}),
        (["-p", "seeds", "[1, 2]"], {"seeds": [1, 2]}),
        (["-p", "seeds=[1,", "2]"], {"seeds": [1, 2]}),
        (["-p", "a=b=c"], {"a": "b=c"}),
        (["-p", "x", "1", "-p", "y=none"], {"x": 1, "y": None}),
    ],
)
def test_parameters_of_a_command_line(words, found):
    assert parameters.split(["run", *words, "page"]) == (["run", "page"], found)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-p"], "expected NAME VALUE or NAME=VALUE, received nothing"),
        (["-p", "x"], "-p x: expected a value behind the name"),
        (["-p", "x", "[1,"], "the list '\\[1,' does not end"),
    ],
)
def test_parameters_that_do_not_end_are_refused(words, said):
    with pytest.raises(pages.PageError, match=said):
        parameters.split(words)


def test_text_that_papermill_injects_becomes_what_the_page_declares(monkeypatch):
    monkeypatch.delenv("PAPERBOOK_PAGE", raising=False)
    known = {"seeds": [0], "level": 0.5, "name": "a", "flag": True}
    variables = {"seeds": "[0, 1]", "level": "1e-3", "name": "3", "flag": "false"}
    parameters.accept(variables, known, "one")
    assert variables == {"seeds": [0, 1], "level": 1e-3, "name": "3", "flag": False}
    with pytest.raises(pages.PageError, match="parameter 'level' of page 'one'.*got '0,5'|0, 5"):
        parameters.accept({"level": "0,5"}, {"level": 0.5}, "one")
    with pytest.raises(pages.PageError, match="parameter 'seeds'"):
        parameters.accept({"seeds": "abc"}, {"seeds": [0]}, "one")
    monkeypatch.delenv("PAPERBOOK_PAGE", raising=False)
