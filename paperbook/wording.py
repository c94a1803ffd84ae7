"""Measurements and rules in words, for the ledger."""

from __future__ import annotations

from numbers import Real
from typing import Any

from paperbook import tables
from paperbook.claims import Claim
from paperbook.intervals import Interval
from paperbook.measurements import Measurement


def measured(claim: Claim, found: Measurement) -> str:
    """What was measured, with intervals; "" without any run."""
    if not found.means:
        return ""
    if claim.by is not None:
        return _settings(claim, found)
    if claim.opponent is not None:
        told = " against ".join(value(mean, claim.unit) for mean in found.means.values())
    elif found.estimates:
        told = " / ".join(
            f"{value(each.estimate, claim.unit)} {_bounds(each, claim.unit)}"
            for each in found.estimates.values()
        )
    else:
        told = " / ".join(value(mean, claim.unit) for mean in found.means.values())
    if found.differences:
        told += f"; {_largest(claim, found)}"
    return told


def demand(claim: Claim) -> str:
    """What a claim has to reach, in words."""
    if claim.equal_within is not None:
        said = f"differ by less than {_difference(claim.equal_within, claim.unit)}"
    elif claim.by is not None:
        wanted = claim.best_at if claim.best_at is not None else claim.steadiest_at
        what = "be largest" if claim.best_at is not None else "vary least"
        said = f"{what} at {_setting(wanted)}"
        if claim.margin:
            said += f", or within {_difference(claim.margin, claim.unit)} of it"
    elif claim.exceeds is not None:
        said = f"exceed the other by {_difference(claim.margin, claim.unit)}"
        said = said if claim.margin else "exceed the other"
    elif claim.at_most is not None:
        said = f"stay below {value(claim.at_most, claim.unit)}"
    else:
        said = f"reach {value(claim.at_least, claim.unit)}"
    if claim.in_part is not None:
        compares = claim.at_least is None and claim.at_most is None
        said += f"; in part: {(_difference if compares else value)(claim.in_part, claim.unit)}"
    return said


def value(number: float | None, unit: str) -> str:
    """A value in its unit."""
    if unit == "percent":
        return tables.percent(number)
    if unit == "minutes":
        return tables.MISSING if number is None else f"{number / 60:.1f} min"
    return tables.number(number, 4) + (" nats" if unit == "nats" else "")


def _bounds(found: Interval, unit: str) -> str:
    """An interval in brackets; the unit stands before it."""
    low, high = (value(end, unit).removesuffix(" %") for end in (found.low, found.high))
    low, high = (end.removesuffix(" nats").removesuffix(" min") for end in (low, high))
    return f"({low}–{high})" if unit == "percent" else f"({low} to {high})"


def _difference(number: float, unit: str) -> str:
    """A difference without its sign; of shares, in percentage points."""
    return f"{100 * number:.2f} points" if unit == "percent" else value(number, unit)


def _signed(number: float, unit: str) -> str:
    """A difference with its sign, and without a unit."""
    scale, how = {"percent": (100, "+.2f"), "minutes": (1 / 60, "+.1f")}.get(unit, (1, "+.3g"))
    return format(scale * number, how).replace("-", tables.MINUS)


def _largest(claim: Claim, found: Measurement) -> str:
    """The largest of the differences, with its interval."""
    of = max(found.differences.values(), key=lambda each: abs(each.estimate))
    return _told(of, claim.unit)


def _told(of: Interval, unit: str) -> str:
    ends = f"({_signed(of.low, unit)} to {_signed(of.high, unit)})"
    return f"difference {_signed(of.estimate, unit)} {ends}"


def _settings(claim: Claim, found: Measurement) -> str:
    """The claimed setting beside its strongest rival."""
    steady = claim.steadiest_at is not None
    wanted = claim.steadiest_at if steady else claim.best_at
    rivals = {setting: mean for setting, mean in found.means.items() if setting != wanted}
    rival = min(rivals, key=rivals.__getitem__) if steady else max(rivals, key=rivals.__getitem__)
    places = [f"{value(found.means[at], claim.unit)} at {_setting(at)}" for at in (wanted, rival)]
    told = ("standard deviation " if steady else "") + " against ".join(places)
    if steady or not found.differences:
        return told
    return f"{told}; {_told(found.differences[wanted, rival], claim.unit)}"


def _setting(told: Any) -> str:
    """A parameter's value; whole numbers stay whole in a column that has gaps."""
    return f"{told:g}" if isinstance(told, Real) else str(told)
