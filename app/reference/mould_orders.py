"""What mould orders are made of everywhere: their steps, the usual payment splits, the tolerance groups."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from app.reference.loading import Confidence, csv_rows, names_of, yaml_rows


@dataclass(frozen=True, slots=True)
class MilestoneStep:
    """One step of a mould order, in its usual rank; a step that `repeats` may occur any number of times."""

    code: str
    rank: int
    repeats: bool
    names: dict[str, str]
    source: str
    edition: str


@dataclass(frozen=True, slots=True)
class PaymentSplit:
    """A usual division of the price over milestones, in % that sum to 100."""

    code: str
    shares_pct: tuple[int, ...]
    confidence: Confidence
    source: str
    edition: str


@cache
def milestone_steps() -> dict[str, MilestoneStep]:
    """The steps of a mould order by code, in order."""
    return {row["code"]: MilestoneStep(**{**row, "names": names_of(row)}) for row in yaml_rows("milestone_steps.yaml")}


@cache
def payment_splits() -> dict[str, PaymentSplit]:
    """The usual payment splits by code."""
    found = {}
    for row in csv_rows("payment_splits.csv"):
        values: dict[str, Any] = {**row, "shares_pct": tuple(int(share) for share in row["shares_pct"].split("/"))}
        found[row["code"]] = PaymentSplit(**values)
    return found


@cache
def tolerance_groups() -> tuple[str, ...]:
    """The tolerance groups of ISO 20457 / DIN 16742, tightest first."""
    return tuple(row["code"] for row in sorted(csv_rows("tolerance_groups.csv"), key=lambda row: int(row["rank"])))
