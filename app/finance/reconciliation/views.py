"""Runs and differences as their readers see them."""

import csv
import io
from collections.abc import Iterable

from app.finance.reconciliation.models import Reconciliation, ReconciliationDifference
from app.finance.reconciliation.schemas import DifferenceOut, ReconciliationOut
from app.finance.reconciliation.states import DIFFERENCE_LABELS, DIFFERENCE_STATE_LABELS, LINE_LABELS, PHASE_LABELS
from app.kit.schemas import labelled
from app.kit.tables import harmless

COLUMNS = (
    "id", "kind", "line_kind", "reference", "owner", "cause_kind", "cause_id", "here", "there", "state", "reason", "posting_id",
    "times_found", "found_at", "last_found_at", "ended_at",
)  # fmt: skip


def run_out(row: Reconciliation) -> ReconciliationOut:
    """A run."""
    return ReconciliationOut(
        id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        phase=labelled(row.phase, PHASE_LABELS),
        looked_at=row.looked_at,
        differing=row.differing,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
    )


def difference_out(row: ReconciliationDifference) -> DifferenceOut:
    """A difference."""
    return DifferenceOut(
        id=row.id,
        kind=labelled(row.kind, DIFFERENCE_LABELS),
        line_kind=labelled(row.line_kind, LINE_LABELS),
        reference=row.reference,
        owner=row.owner,
        cause_kind=row.cause_kind,
        cause_id=row.cause_id,
        here=row.here,
        there=row.there,
        state=labelled(row.state, DIFFERENCE_STATE_LABELS),
        reason=row.reason,
        posting_id=row.posting_id,
        times_found=row.times_found,
        first_run_id=row.first_run_id,
        last_run_id=row.last_run_id,
        found_at=row.found_at,
        last_found_at=row.last_found_at,
        ended_at=row.ended_at,
    )


def table(rows: Iterable[ReconciliationDifference]) -> str:
    """Differences as CSV, for programs and spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(getattr(row, column)) for column in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if text == "-" else harmless(text)
