"""Imports and their findings as the supplier reads them."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from app.catalog.exchange import queries
from app.catalog.exchange.models import ImportFinding, ListingImportRun
from app.catalog.exchange.running import percent
from app.catalog.exchange.schemas import ColumnOut, FailureOut, FindingOut, ListingImportOut
from app.catalog.exchange.states import IMPORT_STATE_LABELS
from app.catalog.exchange.writers.csv_out import CsvOut
from app.kit.db.engine import Database, Role
from app.kit.db.tenancy import act_for
from app.kit.locales import N_, current_locale, translate
from app.kit.schemas import labelled

HEADERS = (N_("Row"), N_("Product code"), N_("SKU"), N_("Column"), N_("Code"), N_("What is wrong"))
PAGE = 1_000


def _told(message: str, params: dict[str, Any], locale: str) -> str:
    shown = {name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in params.items()}
    return translate(message, locale, **shown)


def import_out(run: ListingImportRun) -> ListingImportOut:
    """An import in the reader's language."""
    failure = run.failure
    return ListingImportOut(
        **{
            name: getattr(run, name)
            for name in ListingImportOut.model_fields
            if name not in ("state", "percent", "failure", "columns")
        },
        state=labelled(run.state, IMPORT_STATE_LABELS),
        percent=percent(run),
        failure=FailureOut(code=failure["code"], detail=_told(failure["message"], failure["params"], current_locale()))
        if failure
        else None,
        columns=[
            ColumnOut(header=one["header"], fields=one["keys"], unit=one["unit"], how=one["how"]) for one in run.columns
        ]
        if run.columns is not None
        else None,
    )


def finding_out(row: ImportFinding, locale: str) -> FindingOut:
    """A finding in the reader's language."""
    return FindingOut(
        number=row.number,
        row=row.row_number,
        product_code=row.product_code,
        sku=row.sku,
        column=row.column,
        code=row.code,
        detail=_told(row.message, row.params, locale),
        params=row.params,
    )


async def report_file(database: Database, supplier_id: UUID, import_id: UUID, locale: str) -> AsyncIterator[bytes]:
    """All findings as CSV, streamed from a read transaction of its own."""
    out = CsvOut()
    yield out.rows([[translate(header, locale) for header in HEADERS]])
    number = 0
    async with database.transaction(Role.APP, readonly=True) as session:
        await act_for(session, supplier_id)
        while rows := await queries.findings_after(session, import_id, number, PAGE):
            number = rows[-1].number
            told = [finding_out(row, locale) for row in rows]
            yield out.rows(
                [[str(one.row), one.product_code, one.sku, one.column, one.code, one.detail] for one in told]
            )
            session.expunge_all()
