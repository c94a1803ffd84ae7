"""`fplib doctor`: what a machine has, and what it lacks."""

import pytest

from fplib import doctor


@pytest.mark.slow
def test_doctor_runs_a_step_on_every_device(capfd):
    assert doctor.main() == 0
    told = capfd.readouterr()
    assert "FAIL" not in told.out
    assert "CPU:0 one Conv2D step: " in told.out
    assert "oneDNN custom operations" not in told.err  # none of TensorFlow's start-up lines


def test_doctor_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package"))
    monkeypatch.setattr(doctor, "DISK_GB", 1e9)
    assert doctor.main() == 1
    told = capsys.readouterr().out
    assert "FAIL  no-such-package is not installed" in told
    assert "FAIL  disk:" in told
    assert "ok    numpy" in told
