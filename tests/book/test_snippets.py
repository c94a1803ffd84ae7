"""Every command and every snippet that a reader is told to type."""

import inspect
import re
import shlex

import numpy as np
import pytest

import fplib
from fplib import cli
from paperbook import pages, runner
from tests.support.tinybook import ROOT

FILES = [name for name in ("README.md", "book/running.md", "book/api.md") if (ROOT / name).exists()]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def blocks(language, *files):
    found = []
    for name in [name for name in FILES if not files or name in files]:
        text = (ROOT / name).read_text(encoding="utf-8")
        for number, block in enumerate(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)):
            found.append(pytest.param(block, id=f"{name}-{number}"))
    return found


def check_command(words):
    """Fail unless a command names targets, pages, profiles and parameters that exist."""
    settings = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    for name in settings.keys() & {"PROFILE", "BOOK_PROFILE"}:
        pages.read_profile(ROOT, settings[name])
    program, *rest = [word for word in words if not re.match(r"[A-Z_]+=", word)]
    if program == "make":
        assert set(rest) <= TARGETS, rest
    elif program == "jupyter-book":
        assert rest == ["build", "."]
    elif program == "papermill":
        page = re.fullmatch(r"nb:book/(\w+)\.py", rest[0]).group(1)
        assert rest[1].endswith(".ipynb")
        pairs = [rest[i + 1 : i + 3] for i, word in enumerate(rest) if word == "-p"]
        given = {name: cli.parse_value(value) for name, value in pairs}
        runner.Planner(ROOT).variant(page, given)
    elif program == "fplib":
        options = cli._parser().parse_args(rest)
        if rest[0] == "run":
            given = {name: cli.parse_value(value) for name, value in options.parameters}
            runner.Planner(ROOT, options.profile).variant(options.page, given, options.records)
    else:
        assert (program, rest[0]) in {("git", "clone"), ("cd", rest[0]), ("pip", "install")}, words


@pytest.mark.parametrize("block", blocks("bash"))
def test_commands_exist(block):
    lines = [line for line in block.replace("\\\n", " ").splitlines() if line.strip()]
    checked = [shlex.split(line, comments=True) for line in lines]
    for words in filter(None, checked):
        check_command(words)
    assert any(checked)


@pytest.mark.parametrize(
    "command",
    ["make bok", "fplib run measure", "papermill nb:book/data.py o.ipynb -p sed 1", "ls x"],
)
def test_the_check_of_commands_refuses_what_does_not_exist(command):
    with pytest.raises((AssertionError, pages.PageError)):
        check_command(command.split())


@pytest.fixture
def small(monkeypatch):
    """`fplib.data.mnist` with the arguments checked and few, random specimens."""
    real = fplib.data.mnist

    def mnist(*args, **options):
        inspect.signature(real).bind(*args, **options)
        rng = np.random.default_rng(0)
        t = np.linspace(0, 1, 20, dtype=np.float32)

        def split(n):
            labels = rng.permutation(np.arange(n) % 10)
            curve = labels[:, None] * t + 0.01 * rng.normal(size=(n, 20))
            image = rng.uniform(size=(n, 28, 28))
            arrays = {"image": image.astype(np.float32), "curve": curve.astype(np.float32)}
            return fplib.data.Split(arrays, ids=np.arange(n), labels=labels)

        return fplib.data.Dataset("small", split(300), split(100), split(100), t=t)

    monkeypatch.setattr(fplib.data, "mnist", mnist)


def run(block, folder, monkeypatch):
    """Execute a snippet with one epoch a stage, and return what it defined."""
    model = fplib.FingerprintModel
    for name in ("fit", "fit_crossmodal"):
        real = getattr(model, name)
        monkeypatch.setattr(
            model, name, lambda *a, _real=real, **o: _real(*a, **(o | {"epochs": 1}))
        )
    monkeypatch.chdir(folder)
    namespace = {}
    exec(compile(block, "snippet", "exec"), namespace)
    return namespace


@pytest.mark.slow
@pytest.mark.parametrize("block", blocks("python", "README.md"))
def test_snippet_of_the_front_page_runs(block, small, tmp_path, monkeypatch):
    made = run(block, tmp_path, monkeypatch)
    assert len(made["clusters"]) == 100
    assert made["mean"].shape == made["variance"].shape == (100, 20)
    assert np.isfinite(made["mean"]).all()
    assert (made["variance"] > 0).all()
    assert (tmp_path / "model.keras.zip").stat().st_size > 0


@pytest.mark.slow
@pytest.mark.parametrize("block", blocks("python", "book/api.md"))
def test_snippet_of_the_library_page_calls_what_exists(block, small, tmp_path, monkeypatch):
    """The front page trains; here the calls are checked, which takes no time."""
    called = []
    results = {"predict": np.arange(100) % 10, "infer": (np.zeros((100, 20)), np.ones((100, 20)))}
    for name in ("fit", "fit_crossmodal", "predict", "infer"):
        real = getattr(fplib.FingerprintModel, name)

        def check(*args, _real=real, _name=name, **options):
            inspect.signature(_real).bind(*args, **options)
            called.append(_name)
            return results.get(_name)

        monkeypatch.setattr(fplib.FingerprintModel, name, check)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "snippet", "exec"), {})
    assert called == ["fit", "fit_crossmodal", "predict", "infer"]


@pytest.mark.parametrize("name", [name for name in FILES if name == "README.md"])
def test_links_of_the_front_page_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    for link in links:
        if not re.match(r"https?:|mailto:", link):
            assert (ROOT / link).exists(), link
    for alternative, picture in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text):
        assert alternative.strip(), picture
