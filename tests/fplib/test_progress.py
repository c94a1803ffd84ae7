"""The progress line: what it says, and when it says nothing."""

from __future__ import annotations

import sys

import pytest

from fplib import progress
from fplib.progress import Progress, clock


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A stopped clock; its one entry is the time in seconds."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: now[0])
    return now


def test_share_rate_and_time_left(watch: list[float], capsys: pytest.CaptureFixture) -> None:
    bar = Progress("stage one", 12_000, show=True)
    watch[0] += 2
    bar.update(3_000)
    assert capsys.readouterr().err == "\rstage one  25% · 1,500/s · 0:06 left "
    watch[0] += 4
    bar.update(6_000, "· bound -3.20")
    assert capsys.readouterr().err == "\rstage one  75% · 1,500/s · 0:02 left · bound -3.20"
    bar.close()
    assert capsys.readouterr().err == "\n"


def test_a_shorter_line_covers_the_longer_one_before_it(
    watch: list[float], capsys: pytest.CaptureFixture
) -> None:
    bar = Progress("x", 100, show=True)
    watch[0] += 1
    bar.update(10, "· a note")
    long = capsys.readouterr().err
    bar.update(10)
    short = capsys.readouterr().err
    assert len(short) == len(long)
    assert short.endswith("        ")


def test_first_update_at_the_very_start(watch: list[float], capsys: pytest.CaptureFixture) -> None:
    Progress("x", 10, show=True).update(10)
    assert "100%" in capsys.readouterr().err


def test_silent_when_told_so(capsys: pytest.CaptureFixture) -> None:
    bar = Progress("x", 10, show=False)
    bar.update(5)
    bar.close()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("terminal", [True, False])
def test_by_default_the_terminal_decides(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    Progress("x", 10).update(5)
    assert bool(capsys.readouterr().err) == terminal


def test_nothing_is_written_to_standard_output(capsys: pytest.CaptureFixture) -> None:
    Progress("x", 10, show=True).update(5)
    assert capsys.readouterr().out == ""


def test_closing_an_untouched_line_writes_nothing(capsys: pytest.CaptureFixture) -> None:
    Progress("x", 0, show=True).close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (7.9, "0:07"), (60, "1:00"), (187, "3:07"), (4500, "75:00")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text
