"""Which names of a page a statement binds and reads: what is local to a function is no name of the page."""

import ast

import pytest

from paperbook.dependencies import Project
from paperbook.syntax import bound_names, names_read

PAGE = [
    """
seeds = [0]
noise = 0.1
scale = 2

def helper(x):
    return scale * x

def run(seed, noise):
    values = [helper(step) for step in range(seed)]
    return sum(value + noise for value in values)

step = 3
results = [run(seed, noise=noise) for seed in seeds]
"""
]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = 1", {"x"}),
        ("x, (y, *z) = f()", {"x", "y", "z"}),
        ("x = [y for y in z]", {"x"}),
        ("f = lambda a: (b := a)", {"f"}),
        ("any((w := x) for x in y)", {"w"}),
        ("for i in range(3):\n    j = i", {"i", "j"}),
        ("with f() as g:\n    import a.b, c as d", {"g", "a", "d"}),
        ("import a.b", {"a"}),
        ("from a import b as c", {"c"}),
        ("def f(x):\n    y = x", {"f"}),
    ],
)
def test_bound_names(code, names):
    assert set(bound_names(ast.parse(code).body)) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = y.z + 1", ["y"]),
        ("x = [y * k for y in z]", ["k", "z"]),
        ("def f(x, n=m):\n    y = x + a\n    return [y for b in y]", ["a", "m"]),
        ("def f(x):\n    def g():\n        return x + a\n    return g", ["a"]),
        ("@p.q(name=n)\ndef f() -> T:\n    return g()", ["T", "g", "n", "p"]),
        ("class A(B):\n    c = d\n    def e(self):\n        return c", ["B", "c", "d"]),
    ],
)
def test_names_read(code, names):
    assert names_read(ast.parse(code).body[0]) == names


def test_only_what_a_function_reads_is_its_parameter(tmp_path):
    reached = Project(tmp_path).function(PAGE, "run")
    assert reached.parameters == ("scale",)
    later = [PAGE[0].replace("step = 3", "step = 4").replace("results = [", "results = 2 * [")]
    assert Project(tmp_path).function(later, "run").key == reached.key
    changed = [PAGE[0].replace("scale * x", "scale + x")]
    assert Project(tmp_path).function(changed, "run").key != reached.key


def test_how_a_run_is_recorded_is_no_part_of_it_but_of_its_page(tmp_path):
    page = [
        "import paperbook\nwords = 'Tide.'\n@paperbook.experiment(notes=words)\ndef run(x):\n    return x"
    ]
    renamed = [page[0].replace("notes=words", "name='{x}', notes=words")]
    project = Project(tmp_path)
    assert project.function(page, "run").parameters == ()
    assert project.function(renamed, "run").key == project.function(page, "run").key
    assert project.page(renamed).key != project.page(page).key
