"""What is asked of figures over HTTP: sides, periods, which lines. The same for one's own and for everybody's."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response

from app.finance.figures.files import MEDIA_TYPES
from app.finance.figures.queries import LineFilter
from app.finance.figures.reading import ForecastFilter
from app.finance.figures.rules import MOST_PERIODS, Days
from app.finance.figures.states import Every, FigureSide, FileForm, LineKind
from app.finance.receivables.facade import ItemKind
from app.kit.etags import PRIVATE
from app.kit.paging import link_next
from app.kit.schemas import CurrencyCode
from app.reference.facade import AcceptedCurrency

Side = Annotated[FigureSide, Query(description="What is owed to a payee, or what a payer owes.")]
Into = Annotated[
    AcceptedCurrency | None, Query(description="In which currency all are told together; yours when absent.")
]
Length = Annotated[Every, Query(description="How long a period is.")]
Periods = Annotated[int, Query(ge=1, le=MOST_PERIODS, description="How many periods, beginning with today's.")]
InCurrency = Annotated[CurrencyCode | None, Query(description="Only those in this currency.")]
FirstDay = Annotated[date | None, Query(description="Only those due or expected on this day or after.")]
LastDay = Annotated[date | None, Query(description="Only those due or expected on this day or before.")]
Undated = Annotated[bool, Query(description="Only those that are expected on no known day.")]
Form = Annotated[FileForm, Path(description="Comma-separated values, or a workbook.")]
Cursor = Annotated[str | None, Query(max_length=500, description="From the Link header of the part before.")]

TABLE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The lines as a table.",
        "content": {
            media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for media in MEDIA_TYPES.values()
        },
    }
}


def open_filter(
    kind: Annotated[
        list[ItemKind] | None, Query(max_length=3, description="Only items of these kinds; all when absent.")
    ] = None,
    partner_id: Annotated[UUID | None, Query(description="Only those with this firm.")] = None,
    currency: InCurrency = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
) -> LineFilter:
    """Dependency: which open items."""
    return LineFilter(tuple(kind) if kind else None, partner_id, currency, Days(first_day, last_day))


def forecast_filter(
    kind: Annotated[
        list[LineKind] | None, Query(max_length=20, description="Lines of these kinds; all when absent.")
    ] = None,
    currency: InCurrency = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    undated: Undated = False,
) -> ForecastFilter:
    """Dependency: which lines of a forecast."""
    kinds = kind or tuple(LineKind)
    return ForecastFilter(kinds, currency, None if undated else Days(first_day, last_day))


OpenFilter = Annotated[LineFilter, Depends(open_filter)]
LinesFilter = Annotated[ForecastFilter, Depends(forecast_filter)]


def attached(request: Request, content: bytes, name: str, form: FileForm, following: str | None) -> Response:
    """A file, with the address of the part that follows it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": PRIVATE}
    answer = Response(content, media_type=MEDIA_TYPES[form], headers=headers)
    link_next(request, answer, following)
    return answer
