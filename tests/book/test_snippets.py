"""Every command and every snippet that a reader is told to type, and every name that she is told."""

import importlib
import inspect
import re
import shlex

import numpy as np
import pytest

import fplib
from fplib import cli
from paperbook import cli as press
from paperbook import pages, parameters
from paperbook.files import BusyError
from paperbook.plan import Planner
from paperbook.rooms import Rooms
from tests.support.tinybook import ROOT

FILES = ["README.md", "CONTRIBUTING.md", "book/running.md", "book/api.md"]
TEXTS = [*FILES, "GLOSSARY.md", "SECURITY.md", "book/architecture.md", "book/internals.md"]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
OTHERS = {  # programs of others: the words after which nothing is checked
    "git": {"clone", "tag"},
    "pip": {"install"},
    "pre-commit": {"install"},
}


def blocks(language, *files):
    found = []
    for name in files or FILES:
        text = (ROOT / name).read_text(encoding="utf-8")
        for number, block in enumerate(re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)):
            found.append(pytest.param(block, id=f"{name}-{number}"))
    return found


def check_command(words):
    """Fail unless a command names targets, pages, profiles, parameters and files that exist."""
    settings = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    for name in settings.keys() & {"PROFILE", "BOOK_PROFILE"}:
        parameters.read_profile(ROOT, settings[name])
    program, *rest = [word for word in words if not re.match(r"[A-Z_]+=", word)]
    program = program.removeprefix(".venv/bin/")
    if program == "make":
        assert set(rest) <= TARGETS, rest
    elif program == "jupyter-book":
        assert rest == ["build", "."]
    elif program == "papermill":
        page = re.fullmatch(r"nb:book/(\w+)\.py", rest[0]).group(1)
        assert rest[1].endswith(".ipynb")
        Planner(ROOT).variant(page, parameters.split(rest[2:])[1])
    elif program == "paperbook":
        left, given = parameters.split(rest)
        options = press._parser().parse_args(left)
        if options.command is press.run:
            Planner(ROOT, options.profile).variant(options.page, given, options.records)
    elif program == "fplib":
        cli._parser().parse_args(rest)
    elif program == "python" and rest[:2] == ["-m", "pytest"]:
        assert all((ROOT / word).exists() for word in rest[2:] if word.startswith("tests"))
        assert any(word in ("-n", "-m", "-k") for word in rest[2:])
    elif program == "python":
        assert (ROOT / rest[0]).is_file()
    else:
        assert rest[0] in OTHERS.get(program, ()), words


@pytest.mark.parametrize("block", blocks("bash"))
def test_commands_exist(block):
    lines = [line for line in block.replace("\\\n", " ").splitlines() if line.strip()]
    checked = [shlex.split(line, comments=True) for line in lines]
    for words in filter(None, checked):
        check_command(words)
    assert any(checked)


@pytest.mark.parametrize(
    "command",
    [
        "make bok",
        "paperbook run measure",
        "paperbook run mnist_clean --profile ful",
        "paperbook room",
        "fplib docter",
        "papermill nb:book/data.py o.ipynb -p sed 1",
        ".venv/bin/python -m pytest -n 0 tests/test_gaussian.py",
        "python scripts/back.py",
        "ls x",
    ],
)
def test_the_check_of_commands_refuses_what_does_not_exist(command):
    with pytest.raises((AssertionError, pages.PageError, BusyError, SystemExit)):
        check_command(command.split())


def resolve(name):
    """Fail unless a dotted name can be imported, or is an attribute of what can."""
    module, parts = name, []
    while True:
        try:
            found = importlib.import_module(module)
            break
        except ModuleNotFoundError:
            module, _, last = module.rpartition(".")
            assert module, name
            parts.insert(0, last)
    for part in parts:
        found = getattr(found, part)


@pytest.mark.parametrize("file", TEXTS)
def test_names_of_the_packages_exist(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    names = set(re.findall(r"(?<![\w/.])((?:book|fplib|paperbook|fp)(?:\.[A-Za-z_]\w*)+)", text))
    assert names or file in ("SECURITY.md",)
    for name in sorted(names):
        resolve(re.sub(r"^fp\b", "fplib", name))


def test_the_two_pages_of_the_library_hold_every_file_of_it():
    """But those of the command line, and what a folder offers by its own name."""
    text = "".join((ROOT / f"book/{name}.md").read_text() for name in ("api", "internals"))
    described = set(re.findall(r"^\.\. auto\w+:: (fplib[\w.]*)", text, re.MULTILINE))
    files = Rooms(ROOT, ["fplib"]).modules
    folders = {"fplib.data", "fplib.experts", "fplib.plots"}
    apart = {"fplib", "fplib.cli", "fplib.doctor", "fplib.files"}
    apart |= {"fplib.training", "fplib.training.augmentation"}
    missing = {
        name
        for name in files.keys() - apart
        if ".".join(name.split(".")[:2]) not in folders
        and not any(f"{entry}.".startswith(f"{name}.") for entry in described)
    }
    assert not missing
    assert folders <= described
    assert apart <= files.keys()


def test_the_check_of_names_refuses_what_does_not_exist():
    for name in ("fplib.crossmodals", "fplib.core.Cor", "paperbook.records.find"):
        with pytest.raises((AssertionError, AttributeError)):
            resolve(name)


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
    assert (tmp_path / "model.fpmodel.npz").stat().st_size > 0
    (again,) = [fplib.load(path) for path in tmp_path.iterdir()]
    assert again.predict(fplib.data.mnist(noise_std=0, seed=0).test).tolist() == (
        made["model"].predict(fplib.data.mnist(noise_std=0, seed=0).test).tolist()
    )


@pytest.mark.parametrize("block", blocks("python", "CONTRIBUTING.md"))
def test_snippet_for_contributors_gives_an_expert_that_fits(block):
    made = {"__name__": __name__}
    exec(compile(block, "snippet", "exec"), made)
    np.testing.assert_allclose(made["found"], made["truth"], rtol=1e-6)
    wrong = type("Wrong", (made["Relaxation"],), {"predict": lambda self, t, parameters: t})
    with pytest.raises(ValueError, match="predict"):
        fplib.experts.check(wrong(), made["t"])


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


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/performance.md"])
def test_files_that_a_text_names_are_there(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    words = re.findall(r"`([\w./-]+(?:/|\.(?:py|md|yml|toml|cff|json|lock|yaml)))`", text)
    assert links or words
    for link in [*links, *words]:
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        titles = re.findall(r"^#+ (.*)$", (ROOT / path).read_text(), re.MULTILINE) if anchor else []
        assert not anchor or anchor in [t.lower().replace(" ", "-") for t in titles], link
    for alternative, picture in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text):
        assert alternative.strip(), picture
