"""What a stored notebook says of the machine that ran it: nothing."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paperbook import manifest
from paperbook.plan import Plan

TEXTS = ("text/plain", "text/markdown", "text/html", "text/latex")


def label(plan: Plan, path: Path) -> None:
    """Give an executed notebook its key, and take the paths of this machine out of it.

    Args:
        plan: what was executed.
        path: the notebook, changed in place.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    places = [
        (str(folder), name)
        for folder, name in ((sys.prefix, "<python>"), (plan.root, "."), (Path.home(), "~"))
    ]
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            _clean(output, places)
    mill = notebook["metadata"].setdefault("papermill", {})
    mill["input_path"] = f"book/{plan.page}.py"
    mill["output_path"] = plan.notebook.relative_to(plan.root).as_posix()
    if "exception" in mill:
        mill["exception"] = bool(mill["exception"])
    about = {"key": plan.key, "page": plan.page, "profile": plan.profile}
    about["digest"] = manifest.digest(notebook)
    notebook["metadata"]["paperbook"] = notebook["metadata"].get("paperbook", {}) | about
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _clean(output: dict[str, Any], places: Sequence[tuple[str, str]]) -> None:
    """Clean the texts of one output; pictures are left alone, whatever their bytes spell."""
    for key in ("text", "traceback", "evalue"):
        if key in output:
            output[key] = without(output[key], places)
    data = output.get("data", {})
    for kind in data:
        if kind.endswith(TEXTS):
            data[kind] = without(data[kind], places)


def without(text: Any, places: Sequence[tuple[str, str]]) -> Any:
    """Texts with folders of this machine replaced by their names, whole path components only.

    Args:
        text: a text, or a list of texts.
        places: folder and what to write instead, the most special first.
    """
    if isinstance(text, list):
        return [without(line, places) for line in text]
    if not isinstance(text, str):
        return text
    for folder, name in places:
        if len(folder) > 1:  # "/" is in every path
            pattern = rf"(?<![\w.~/+-]){re.escape(folder)}(?![\w.-])"
            text = re.sub(pattern, name.replace("\\", r"\\"), text)
    return text
