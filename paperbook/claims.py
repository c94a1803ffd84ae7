"""The paper's claims as data: what is claimed, which records decide, and by which rule.

The claims lie in a YAML file beside the pages, with the recipes that may test them. A claim that
several recipes test is several rows of the ledger, with one rule and a verdict each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

RULES = (
    "at_least",
    "at_most",
    "exceeds",
    "equal_within",
    "best_at",
    "steadiest_at",
    "cannot",
)
UNITS = ("percent", "number", "minutes", "nats")


@dataclass(frozen=True)
class Rival:
    """What a metric is compared with: another metric of the same record, or of other records.

    Args:
        metric: its name.
        source: page whose records hold it; "" for the claim's own.
        only: parameters that such a record must have; none, with the claim's own source, means the
            same record. Records of different runs are paired by their seed.
    """

    metric: str
    source: str = ""
    only: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """One claim of the paper, tested with one recipe.

    Exactly one rule is set. Each judges intervals (`paperbook.intervals`) of the expected value, not
    of the runs that happened to be made:

    `at_least`, `at_most`
        a threshold on every metric. `in_part`: a second one, for *reproduced in part*.
    `exceeds`
        a `Rival`; the paired difference has to reach `margin`.
    `equal_within`
        the largest difference that counts as none, between all metrics or from the `rival`.
    `best_at`, `steadiest_at`
        value of the parameter `by` at which the metric is claimed to be largest, or to vary least
        between seeds; no other may be better by more than `margin`, in paired differences.
    `cannot`
        why no measurement can decide.

    Args:
        group: heading under which the claim stands.
        claim: the claim in our words.
        recipe: how the models were trained; a name among those that the file explains.
        page: name of the page that tells about it.
        source: page whose records decide, if it is another one.
        paper: the paper's number as printed; None when it is lost.
        metric: one metric, or several that must all meet the rule; "seconds.total" is the duration
            of a run.
        covers: instead of a metric, quantities recorded with .low and .high, each with the quantity
            whose .truth it should hold; the metric is the share of them that do.
        only: parameters that a record must have to count; a list holds alternatives.
        unit: how the metrics are shown.
        specimens: how many were tested in each run, or the metric that tells; needed for "percent".
        shared: whether all runs were tested on the same specimens.
        reason: why the threshold is the one it is.
        note: words set behind the measurement.
        mark: a caveat of a few words, set behind the claim as a badge.
    """

    group: str
    claim: str
    recipe: str
    page: str
    source: str = ""
    paper: str | None = None
    metric: tuple[str, ...] = ()
    covers: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, Any] = field(default_factory=dict)
    unit: str = "percent"
    specimens: int | str | None = None
    shared: bool = True
    at_least: float | None = None
    at_most: float | None = None
    exceeds: Rival | None = None
    equal_within: float | None = None
    rival: Rival | None = None
    best_at: Any = None
    steadiest_at: Any = None
    by: str | None = None
    in_part: float | None = None
    margin: float = 0.0
    cannot: str | None = None
    reason: str | None = None
    note: str | None = None
    mark: str | None = None

    def __post_init__(self) -> None:
        metric = (self.metric,) if isinstance(self.metric, str) else tuple(self.metric)
        object.__setattr__(self, "metric", metric)
        if self.covers:  # each run has its own specimens, and its own truth
            object.__setattr__(self, "specimens", len(self.covers))
            object.__setattr__(self, "shared", False)
        for name in ("exceeds", "rival"):
            if isinstance(given := getattr(self, name), Mapping):
                object.__setattr__(self, name, Rival(**given))
        object.__setattr__(self, "source", self.source or self.page)
        if mistake := self._mistake():
            raise ValueError(f"claim {self.claim!r} ({self.recipe}): {mistake}.")

    @property
    def rule(self) -> str:
        """The rule that is set."""
        return next(rule for rule in RULES if getattr(self, rule) is not None)

    @property
    def opponent(self) -> Rival | None:
        """What the metric is compared with, by either rule that has such a thing."""
        return self.exceeds or self.rival

    def _mistake(self) -> str | None:
        """What is wrong with the fields, in words."""
        rules = [rule for rule in RULES if getattr(self, rule) is not None]
        if len(rules) != 1:
            return f"expected exactly one of {', '.join(RULES)}; received {rules or 'none'}"
        if self.unit not in UNITS:
            return f"expected a unit among {', '.join(UNITS)}; received {self.unit!r}"
        if self.unit == "percent" and self.metric and not self.specimens:
            return "expected specimens, the number tested, for a share"
        return None if rules == ["cannot"] else self._unruly(rules[0])

    def _unruly(self, rule: str) -> str | None:
        """What a rule that measures lacks."""
        asked = len(self.metric)
        one = rule in ("exceeds", "best_at", "steadiest_at") or self.rival is not None
        if not self.reason:
            return "expected a reason for its threshold; say why it is the one it is"
        if bool(self.metric) == bool(self.covers) or (one and asked > 1):
            return f"expected {'one metric' if one else 'a metric, or covers,'} for {rule}"
        if self.by is not None and isinstance(self.specimens, str):
            return f"expected specimens as a number for {rule}"
        if (rule in ("best_at", "steadiest_at")) != (self.by is not None):
            return "best_at and steadiest_at need `by`, the name of a parameter, and only they"
        if rule == "equal_within" and self.rival is None and asked < 2:
            return "expected two metrics, or a rival, for equal_within"
        return None


def parse(told: Any) -> list[Claim]:
    """Claims from what a YAML file holds, a row of the ledger each.

    Args:
        told: `recipes`, a mapping from names to mappings: `means`, words that explain it, and
            perhaps `page`, `source` and `only` for all of its tests; and `groups`, from headings to
            lists of claims. A claim has the fields of `Claim` except its group. If it has `tests`, a
            list of mappings, each is a row that adds to the claim's fields or replaces them.

    Returns:
        The rows in the same order.

    Raises:
        ValueError: it is not so, or a claim is malformed; the message names it.
    """
    if not isinstance(told, dict) or set(told) != {"recipes", "groups"}:
        raise ValueError(f"expected recipes and groups of claims; received {str(told)[:200]}")
    rows = []
    for group, entries in told["groups"].items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError(f"{group}: expected a list of claims, each with named fields")
        for entry in entries:
            common = {name: value for name, value in entry.items() if name != "tests"}
            for test in entry.get("tests", [{}]):
                rows.append(_row(group, common, test, told["recipes"]))
    return rows


def _row(group: str, common: dict[str, Any], test: dict[str, Any], recipes: Any) -> Claim:
    """One row: what the claim says, then what its recipe says, then what this test says."""
    name = f"claim {common.get('claim')!r}"
    recipe = test.get("recipe", common.get("recipe"))
    if recipe not in recipes:
        raise ValueError(
            f"{name}: unknown recipe {recipe!r}; the file explains {', '.join(recipes)}"
        )
    its = {key: value for key, value in recipes[recipe].items() if key != "means"}
    only = {key: v for part in (its, common, test) for key, v in part.get("only", {}).items()}
    told = common | its | test | {"only": only, "group": group}
    known = {f.name for f in fields(Claim)}
    unknown, missing = sorted(set(told) - known), sorted({"claim", "page"} - set(told))
    if unknown or missing:
        raise ValueError(
            f"{name}: unknown fields {unknown}, missing {missing}; the fields are "
            f"{', '.join(sorted(known))}"
        )
    return Claim(**told)
