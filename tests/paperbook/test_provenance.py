"""Where numbers come from: revision, versions, device."""

from __future__ import annotations

import subprocess
import sys

from paperbook import provenance
from tests.support.records import make


def git(folder, *arguments):
    names = ["-c", "user.name=A", "-c", "user.email=a@b.c"]
    subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True)


def test_code_knows_the_revision_and_whether_the_sources_differ(tmp_path):
    root = tmp_path / "checkout"
    package = root / "lab"
    package.mkdir(parents=True)
    (package / "a.py").write_text("x = 1\n")
    assert provenance.code(root)["revision"] is None
    git(root, "init", "-q")
    assert provenance.code(root)["revision"] is None  # no commit yet
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    clean = provenance.code(root)
    assert len(clean["revision"]) == 40
    assert clean["dirty"] is False
    (root / "results").mkdir()
    (root / "results" / "new.json").write_text("{}")
    assert provenance.code(root)["dirty"] is False  # a result does not change the code
    (package / "b.py").write_text("y = 1\n")
    assert provenance.code(root)["dirty"] is True


def test_a_book_inside_somebody_elses_repository_has_no_revision(tmp_path):
    root = tmp_path / "repository" / "site"
    root.mkdir(parents=True)
    (root / "a.py").write_text("x = 1\n")
    git(tmp_path / "repository", "init", "-q")
    git(tmp_path / "repository", "add", ".")
    git(tmp_path / "repository", "commit", "-q", "-m", "first")
    assert provenance.code(root) == {"revision": None, "dirty": None}


def test_another_repository_in_the_environment_is_not_ours(tmp_path, monkeypatch):
    for name in ("ours", "theirs"):
        root = tmp_path / name
        root.mkdir()
        (root / "a.py").write_text(f"x = {name!r}\n")
        git(root, "init", "-q")
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", name)
    before = provenance.code(tmp_path / "ours")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "theirs/.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "theirs"))
    assert provenance.code(tmp_path / "ours") == before
    assert before["revision"] is not None


def test_a_machine_without_git_still_records(monkeypatch):
    monkeypatch.setenv("PATH", "")
    record = make()
    assert record["code"]["revision"] is None
    assert record["code"]["dirty"] is None


def test_device_names_the_gpu_that_tensorflow_sees(monkeypatch):
    class Experimental:
        @staticmethod
        def get_device_details(device):
            return {"device_name": f"NVIDIA {device}"}

    class Config:
        experimental = Experimental
        gpus: tuple[str, ...] = ("H100",)

        @classmethod
        def list_physical_devices(cls, kind):
            return list(cls.gpus) if kind == "GPU" else []

    class TensorFlow:
        config = Config

    monkeypatch.setitem(sys.modules, "tensorflow", TensorFlow)
    assert provenance.device() == "GPU: NVIDIA H100"
    Config.gpus = ()
    assert provenance.device().startswith("CPU: ")
