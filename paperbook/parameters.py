"""Parameters of pages: profiles, values from a command line, and checks of their kinds."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from paperbook.pages import PageError, nearest, page_path

WORDS = {"true": True, "false": False, "none": None, "null": None}


def profile_names(root: Path) -> list[str]:
    """Return the names of the profiles, sorted."""
    return sorted(path.stem for path in (root / "params").glob("[!.]*.yml"))


def read_profile(root: Path, profile: str) -> dict[str, dict[str, Any]]:
    """Return the parameters of every page in a profile.

    Raises:
        PageError: the profile is unknown, malformed, or names an unknown page.
    """
    import yaml

    if profile not in profile_names(root):
        raise PageError(f"unknown profile {profile!r}: {nearest(profile, profile_names(root))}")
    try:
        text = (root / "params" / f"{profile}.yml").read_text(encoding="utf-8-sig")
        found = yaml.safe_load(text) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise PageError(f"params/{profile}.yml is not valid YAML: {reason}") from None
    if not isinstance(found, dict):
        raise PageError(f"params/{profile}.yml: expected page names, got {type(found).__name__}")
    for page, parameters in found.items():
        page_path(root, str(page))
        if not isinstance(parameters, dict | None):
            raise PageError(
                f"params/{profile}.yml: {page}: expected parameters, got {parameters!r}"
            )
    return {page: parameters or {} for page, parameters in found.items()}


def check(page: str, given: Mapping[str, Any], known: Mapping[str, Any], source: str) -> None:
    """Refuse parameters that the page does not have, or of another kind than its default.

    Args:
        page: name of the page.
        given: parameters to check.
        known: the page's own parameters with their defaults.
        source: where `given` was written, for the message.

    Raises:
        PageError: unknown parameter or wrong kind of value.
    """
    for name, value in given.items():
        if name not in known:
            raise PageError(
                f"unknown parameter {name!r} of page {page!r} in {source}: {nearest(name, known)}"
            )
        default = known[name]
        if not _same_kind(value, default):
            hint = " (YAML reads 1e-3 as text: write 1.0e-3)" if isinstance(default, float) else ""
            raise PageError(
                f"parameter {name!r} of page {page!r} in {source}: expected "
                f"{type(default).__name__} like {default!r}, got {value!r}{hint}"
            )


def accept(variables: dict[str, Any], known: Mapping[str, Any], page: str) -> None:
    """Turn what papermill injected as text into the kinds that a page declares, in place.

    `papermill -p seeds "[0, 1]"` and `-y "{level: 1e-3}"` hand over text.

    Args:
        variables: the page's globals.
        known: its parameters with their defaults.
        page: its name, under which its experiments are recorded.

    Raises:
        PageError: a value is of another kind than its default.
    """
    os.environ.setdefault("PAPERBOOK_PAGE", page)
    for name, default in known.items():
        value = variables.get(name, default)
        if isinstance(value, str) and not isinstance(default, str):
            value = variables[name] = parse(value)
        check(page, {name: value}, known, "the parameters given")


def _same_kind(value: Any, default: Any) -> bool:
    if default is None or value is None:
        return True
    if isinstance(value, bool) != isinstance(default, bool):
        return False
    kinds = {float: (int, float), tuple: (list, tuple), list: (list, tuple)}
    return isinstance(value, kinds.get(type(default), type(default)))


def parse(text: str) -> Any:
    """Return a command-line value as Python would read it, or as text.

    Args:
        text: such as `3`, `1e-3`, `-inf`, `true`, `none`, `[1, 2]` or `fast`.
    """
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        pass
    try:
        return float(text)  # inf, nan
    except ValueError:
        return text


def split(words: Sequence[str]) -> tuple[list[str], dict[str, Any]]:
    """Take `-p NAME VALUE` and `-p NAME=VALUE` out of the words of a command line.

    A value may begin with a minus sign (-1e-3, -inf) and may be a list that the shell cut at its
    spaces ([1, 2]).

    Args:
        words: of the command line.

    Returns:
        The other words, and the parameters.

    Raises:
        PageError: a name without a value, or a list that does not end.
    """
    rest: list[str] = []
    found: dict[str, Any] = {}
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word not in ("-p", "--parameter"):
            rest.append(word)
            continue
        if not waiting:
            raise PageError("-p: expected NAME VALUE or NAME=VALUE, received nothing")
        name, equals, value = waiting.pop(0).partition("=")
        if not equals:
            if not waiting:
                raise PageError(f"-p {name}: expected a value behind the name, received nothing")
            value = waiting.pop(0)
        while _open(value):
            if not waiting:
                raise PageError(f"-p {name}: the list {value!r} does not end")
            value += " " + waiting.pop(0)
        found[name] = parse(value)
    return rest, found


def _open(value: str) -> bool:
    return value[:1] in ("[", "(", "{") and any(
        value.count(a) > value.count(b) for a, b in ("[]", "()", "{}")
    )
