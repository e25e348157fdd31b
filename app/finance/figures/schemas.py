"""What goes out of figures. Nothing comes in: they are read."""

from datetime import date
from uuid import UUID

from pydantic import Field

from app.finance.figures.states import Every, FigureSide
from app.kit.schemas import Labelled, Output, PlainDecimal


class FigureAmountOut(Output):
    """An amount."""

    minor: int = Field(description="Minor units of the currency.")
    currency: str
    text: str = Field(description="As the reader writes it.")


class FigureOut(FigureAmountOut):
    """An amount that is the sum of lines."""

    lines: str | None = Field(
        description="The address of its lines, each of which is a part of the sum; null where a side has no such lines."
    )


class FigureFirmOut(Output):
    """A firm."""

    id: UUID
    code: str
    name: str
    name_latin: str
    country: str


class FigureRateOut(Output):
    """By which rate amounts of a currency were exchanged, and of which day it is."""

    base: str
    quote: str
    value: PlainDecimal = Field(description="How many of `quote` one of `base` buys.")
    day: date
    source: str


class OpenFigureOut(Output):
    """What is open with a firm in a currency: `due` of it is due by today, `overdue` of that was due before today."""

    partner: FigureFirmOut
    currency: str
    invoices: int
    open: FigureOut
    due: FigureOut
    overdue: FigureOut
    credit: FigureOut = Field(description="Credit balances the other way round, in no other figure.")


class AgesOut(Output):
    """What is open in a currency by age. `total` is the sum of the five; `overdue` is that of all but `current`."""

    currency: str
    invoices: int
    current: FigureOut
    overdue_1_30: FigureOut
    overdue_31_60: FigureOut
    overdue_61_90: FigureOut
    overdue_over_90: FigureOut
    overdue: FigureOut
    total: FigureOut
    credit: FigureOut = Field(description="Credit balances the other way round, in no other figure.")


class AgesTogetherOut(Output):
    """The same of all currencies in one: each figure is exchanged by itself, `total` and `overdue` are sums of such."""

    current: FigureAmountOut
    overdue_1_30: FigureAmountOut
    overdue_31_60: FigureAmountOut
    overdue_61_90: FigureAmountOut
    overdue_over_90: FigureAmountOut
    overdue: FigureAmountOut
    total: FigureAmountOut
    credit: FigureAmountOut


class ExchangedOut(Output):
    """Figures of several currencies in one. Where a rate is missing nothing is added up."""

    reporting_currency: str
    rates: list[FigureRateOut]
    missing_rates: list[str] = Field(description="Currencies without a rate of the last seven days.")


class AgeingFiguresOut(ExchangedOut):
    """How old what is open is, on a day."""

    side: FigureSide
    today: date
    items: list[AgesOut]
    together: AgesTogetherOut | None


class ForecastFiguresOut(Output):
    """What is expected in a currency.

    `contract` is what milestones are worth that are reached then; `held` goes to the supplier then, as does `retention`, in part
    held already; `due` is paid then; `payouts` are under way, less what is set off; `assigned` goes to a financier, or comes to
    him. For a payee `net` is what reaches him, for a payer what he pays, less `refunds`.
    """

    currency: str
    contract: FigureOut
    held: FigureOut
    due: FigureOut
    commission: FigureOut = Field(description="Negative: it is kept by the house.")
    retention: FigureOut
    payouts: FigureOut
    assigned: FigureOut
    refunds: FigureOut = Field(description="Negative: it comes back.")
    net: FigureOut


class ForecastTogetherOut(Output):
    """The same of all currencies in one: each line of figures is exchanged by itself."""

    contract: FigureAmountOut
    held: FigureAmountOut
    due: FigureAmountOut
    commission: FigureAmountOut
    retention: FigureAmountOut
    payouts: FigureAmountOut
    assigned: FigureAmountOut
    refunds: FigureAmountOut
    net: FigureAmountOut


class ForecastPeriodOut(Output):
    """A period with its figures. One that is `earlier`, `later` or `undated` has no first day, no last day, or neither."""

    period: Labelled
    first_day: date | None
    last_day: date | None
    items: list[ForecastFiguresOut]
    together: ForecastTogetherOut | None


class ForecastOut(ExchangedOut):
    """What is expected when. `total` is the sum over all periods."""

    side: FigureSide
    every: Every
    today: date
    periods: list[ForecastPeriodOut]
    total: list[ForecastFiguresOut]
    total_together: ForecastTogetherOut | None


class OpenLineOut(Output):
    """An open item, with what is open of it."""

    id: UUID
    kind: Labelled
    number: str
    invoice_id: UUID
    issuer: FigureFirmOut
    recipient: FigureFirmOut
    issued_on: date
    due_on: date
    days_overdue: int
    open: FigureAmountOut


class ForecastLineOut(Output):
    """A line of a forecast: an amount, when it is expected, and what it is about. Payouts come from the house."""

    kind: Labelled
    about: str = Field(description="What `id` is of: `payment_milestone`, `open_item`, `payout_item` and so on.")
    id: UUID
    number: str | None
    day: date | None
    payer: FigureFirmOut | None
    payee: FigureFirmOut | None
    amount: FigureAmountOut
