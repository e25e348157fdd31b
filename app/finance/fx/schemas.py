"""What goes out about money in two currencies."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.kit.schemas import Output, PlainDecimal


class FxAmountOut(Output):
    """An amount."""

    minor: int = Field(description="Minor units of the currency.")
    currency: str
    text: str = Field(description="As the reader writes it.")


class FxPositionOut(Output):
    """An open position of the house, and by which rate it was valued."""

    position: FxAmountOut = Field(description="Positive where the house owes the currency.")
    rate: PlainDecimal = Field(description="How many of the house's currency one buys.")
    rate_on: date
    source: str


class FxRevaluationOut(Output):
    """What the house gained or lost by its open positions until a month's end."""

    id: UUID
    period: str = Field(description="Year and month, such as 2026-11.")
    gain: FxAmountOut = Field(description="Negative for a loss.")
    positions: list[FxPositionOut]
    posting_id: UUID | None = Field(description="Absent where there was nothing to post.")
    revalued_at: datetime
