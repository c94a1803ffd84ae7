"""What a number depends on besides its parameters: code, versions, device, memory."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
# What decides a run's numbers. Records and prose may differ without making a run "dirty".
_DECISIVE = ("fplib", "book", "params", "pyproject.toml", "requirements.lock")


def environment() -> dict[str, str | int]:
    """Versions and hardware of this process; never imports TensorFlow by itself.

    Returns:
        A dictionary with the keys of a record's "environment".
    """
    return {
        "python": platform.python_version(),
        "tensorflow": version("tensorflow", "tensorflow-cpu"),
        "keras": version("keras"),
        "numpy": version("numpy"),
        "device": device(),
        "cores": cores(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def version(*distributions: str) -> str:
    """Version of the first of these distributions that is installed, else "not installed"."""
    for name in distributions:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "not installed"


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


def code() -> dict[str, str | bool | None]:
    """Git revision, whether what decides the numbers differs from it, and the library's hash.

    Returns:
        {"revision": …, "dirty": …, "library": …}; the first two are None outside a git checkout.
    """
    root = PACKAGE.parent
    revision = dirty = None
    top = _git(root, "rev-parse", "--show-toplevel")
    # An installed package may lie inside somebody else's repository.
    if top is not None and Path(top).resolve() == root:
        revision = _git(root, "rev-parse", "--verify", "HEAD")
        changes = _git(root, "status", "--porcelain", "--", *_DECISIVE)
        dirty = None if revision is None or changes is None else bool(changes)
        revision = None if dirty is None else revision
    return {"revision": revision, "dirty": dirty, "library": library_hash()}


def library_hash(package: Path = PACKAGE) -> str:
    """sha256 over the names and contents of the library's Python files.

    Args:
        package: folder of the package.

    Returns:
        64 hexadecimal digits; the same on every system for the same sources.
    """
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py"), key=lambda p: p.relative_to(package).as_posix()):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        name = path.relative_to(package).as_posix().encode()
        digest.update(b"%d %s %d\n" % (len(name), name, len(content)))
        digest.update(content)
    return digest.hexdigest()


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
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
