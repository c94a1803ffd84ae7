"""What a number depends on besides its parameters: code, versions, device, memory."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# What decides a run's numbers. Records and prose may differ without making a run "dirty".
_DECISIVE = ("*.py", ":!tests", "params", "pyproject.toml", "requirements.lock")


def environment(packages: Mapping[str, str] | None = None) -> dict[str, str | int]:
    """Versions and hardware of this process.

    Args:
        packages: further distributions with their versions.

    Returns:
        A dictionary with the keys of a record's "environment".
    """
    return {
        **(packages or {}),
        "python": platform.python_version(),
        "device": device(),
        "cores": cores(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def device() -> str:
    """ "GPU: <name>" when TensorFlow is loaded and sees one, else "CPU: <model name>"."""
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None and hasattr(tensorflow, "config"):
        gpus = tensorflow.config.list_physical_devices("GPU")
        if gpus:
            details = tensorflow.config.experimental.get_device_details(gpus[0])
            return f"GPU: {details.get('device_name', 'unknown model')}"
    return f"CPU: {_processor()}"


def cores() -> int:
    """Number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def peak_memory_mb() -> float | None:
    """Largest resident memory of this process so far, in MiB; None where it is not told."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


def code(root: Path | None) -> dict[str, str | bool | None]:
    """Git revision, and whether what decides the numbers differs from it.

    Args:
        root: the book's root, or None outside a book.

    Returns:
        {"revision": …, "dirty": …}, both None outside a git checkout of the book.
    """
    revision = dirty = None
    top = _git(root, "rev-parse", "--show-toplevel") if root else None
    # an installed package may lie inside somebody else's repository
    if root and top is not None and Path(top).resolve() == root.resolve():
        revision = _git(root, "rev-parse", "--verify", "HEAD")
        changes = _git(root, "status", "--porcelain", "--", *_DECISIVE)
        dirty = None if revision is None or changes is None else bool(changes)
        revision = None if dirty is None else revision
    return {"revision": revision, "dirty": dirty}


def history(root: Path) -> set[str] | str:
    """Revisions that lead to the one that is checked out, or why they are not known."""
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        return "this folder is no git checkout"
    if _git(root, "rev-parse", "--is-shallow-repository") != "false":
        return "this is a shallow checkout; `git fetch --unshallow` completes it"
    return set((_git(root, "rev-list", "HEAD") or "").split())


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return " ".join(line.split(":", 1)[1].split())
    except OSError:
        pass
    if sys.platform == "darwin":
        name = _output("sysctl", "-n", "machdep.cpu.brand_string")
        if name:
            return name
    return platform.processor() or platform.machine() or "unknown model"


def _git(root: Path, *arguments: str) -> str | None:
    return _output("git", "-C", str(root), *arguments)


def _output(*command: str) -> str | None:
    # GIT_DIR and its like would name another repository
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=10, check=True, env=own
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
