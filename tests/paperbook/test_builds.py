"""Builds that are killed, doubled, or not allowed: nothing is lost, and no old number is shown."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.tinybook import TinyBook

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="finds kernels to kill in /proc"),
]
EPOCHS = ["epoch 0", "epoch 1", "epoch 2"]


@pytest.fixture
def book(tmp_path: Path) -> TinyBook:
    """A fresh tiny book whose page trains three times."""
    made = TinyBook(tmp_path / "book")
    (made.root / "params/quick.yml").write_text("measure: {factor: 3.0, seeds: [0, 1, 2]}\n")
    return made


def killed_when(book: TinyBook, reached: Callable[[], bool], *command: str, **more: str) -> None:
    """Start a build (or a command), and kill it and its kernel as soon as something is reached."""
    process = book.start(*command, **more)
    end = time.monotonic() + 120
    while not reached():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "never reached"
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    mine = f"PAPERBOOK_ROOT={book.root}\0".encode()
    for folder in Path("/proc").glob("[0-9]*"):  # the kernel is a session of its own
        try:
            if mine in (folder / "environ").read_bytes():
                os.kill(int(folder.name), signal.SIGKILL)
        except OSError:
            continue
    process.communicate()


def logged(book: TinyBook, line: str, times: int = 1) -> Callable[[], bool]:
    return lambda: book.log().count(line) >= times


def test_a_page_killed_after_its_second_seed_repeats_none(book: TinyBook) -> None:
    killed_when(book, logged(book, "measure 2 3.0"), TINY_SLEEP="0.3")
    book.executed()
    done = book.build()
    assert done.returncode == 0, done.stderr[-2000:]
    assert book.executed("measure") == ["measure 2 3.0"]
    assert book.numbers() == ["6.00", "6.00"]
    names = sorted(p.name for p in (book.root / "runs/quick/records/measure").glob("*"))
    assert names == ["seed_0.json", "seed_1.json", "seed_2.json"]


def test_a_run_killed_in_an_epoch_goes_on_in_that_epoch(book: TinyBook) -> None:
    killed_when(book, logged(book, "epoch 1", 2), "run", "measure", TINY_SLEEP="0.3")
    book.executed()
    assert book.run("run", "measure").returncode == 0
    # the second seed had finished at least its first epoch, and at most its second was lost
    expected = ["page measure", "measure 1 3.0", "epoch 2", "measure 2 3.0", *EPOCHS]
    found = book.executed()
    assert found in (expected, [*expected[:2], "epoch 1", *expected[2:]])
    assert not list((book.root / "runs/cache").glob("*.unfinished"))


def test_killed_while_the_notebook_is_written(book: TinyBook) -> None:
    unfinished = book.root / "runs/quick/.measure.unfinished.ipynb"
    killed_when(book, lambda: unfinished.exists() and len(book.log()) > 4, "run", "measure")
    assert not (book.root / "runs/quick/measure.ipynb").exists()
    book.executed()
    assert book.run("run", "measure").returncode == 0
    assert not unfinished.exists()
    assert not list((book.root / "runs/quick/records").glob(".*"))


def test_killed_while_pages_are_written_never_shows_an_old_number(book: TinyBook) -> None:
    assert book.build().returncode == 0
    assert book.numbers() == ["6.00", "6.00"]
    book.edit("params/quick.yml", "3.0", "4.0")
    fresh = book.root / "_build/html/book"
    before = max(p.stat().st_mtime_ns for p in fresh.glob("*.html"))

    def writing() -> bool:
        return max(p.stat().st_mtime_ns for p in fresh.glob("*.html")) > before

    killed_when(book, writing)
    book.executed()
    done = book.build()
    assert done.returncode == 0
    assert book.executed() == []  # the runs are there; only the pages are written again
    assert book.numbers() == ["8.00", "8.00"]


def test_an_abandoned_experiment_does_not_touch_the_book(book: TinyBook) -> None:
    words = ("run", "measure", "-p", "factor", "7")
    killed_when(book, logged(book, "epoch 1"), *words, TINY_SLEEP="0.3")
    book.executed()
    done = book.build()
    assert done.returncode == 0
    assert book.executed("measure") == [f"measure {seed} 3.0" for seed in (0, 1, 2)]
    assert book.numbers() == ["6.00", "6.00"]
    book.executed()
    assert book.run(*words).returncode == 0  # and goes on where it was
    assert book.executed("epoch")[:1] in (["epoch 1"], ["epoch 2"])


def test_a_second_build_is_refused_by_name(book: TinyBook) -> None:
    first = book.start(TINY_SLEEP="0.5")
    while not book.log():
        assert first.poll() is None, first.communicate()
        time.sleep(0.05)
    second = book.build()
    assert second.returncode == 1
    assert second.stderr.strip().splitlines()[-1] == (
        "The book was not built: a build of this book is at work in another process; "
        "try again when it is done"
    )
    assert first.communicate(timeout=120) is not None
    assert first.returncode == 0
    assert book.numbers() == ["6.00", "6.00"]
    assert book.executed("measure") == [f"measure {seed} 3.0" for seed in (0, 1, 2)]


def test_two_runs_of_one_experiment_compute_it_once(book: TinyBook) -> None:
    words = ("run", "measure", "-p", "factor", "7", "-p", "seeds", "[1]")
    processes = [book.start(*words, TINY_SLEEP="0.3") for _ in range(2)]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert book.executed("measure") == ["measure 1 7"]


def test_a_book_that_cannot_be_written_says_so_in_one_line(book: TinyBook) -> None:
    (book.root / "runs").write_text("in the way of the folder")
    for done in (book.build(), book.run("run", "measure")):
        assert done.returncode == 1
        last = done.stderr.strip().splitlines()[-1]
        assert "the folder runs/ of this book cannot be written" in last
        assert "Traceback" not in done.stderr
    assert book.executed() == []


def test_code_that_changes_while_a_page_begins_is_noticed(book: TinyBook) -> None:
    process = book.start("run", "measure", TINY_PAUSE="2")
    while not book.log():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    book.edit("tiny/tide.py", "SCALE = 2.0", "SCALE = 9.0")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "tiny/tide.py was changed after this page began; run the page again" in err
    assert not list((book.root / "runs/cache").glob("*/record.json"))


def test_code_that_changes_during_a_long_run_costs_none_of_it(book: TinyBook) -> None:
    process = book.start("run", "measure", TINY_SLEEP="0.3")
    while "epoch 0" not in book.log():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    book.edit("tiny/tide.py", "SCALE = 2.0", "SCALE = 9.0")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "measure                 stale" in book.run("list").stdout
    book.edit("tiny/tide.py", "SCALE = 9.0", "SCALE = 2.0")
    assert "measure                 fresh" in book.run("list").stdout
