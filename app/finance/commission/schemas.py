"""What comes in and goes out about commission."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.finance.commission.states import RuleScope
from app.kit.schemas import CurrencyCode, Input, Labelled, Output, PlainDecimal, PriceMinor

MOST_BOUNDS = 60

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2999, 12, 31))]


class CommissionBoundIn(Input):
    """The least and the most that is charged for one payment in a currency."""

    currency: CurrencyCode
    least_minor: PriceMinor = 0
    most_minor: PriceMinor | None = None


class CommissionRuleIn(Input):
    """A rule about one campaign, one supplier, one category with those below it, or everything else."""

    scope: RuleScope
    campaign_id: UUID | None = None
    supplier_id: UUID | None = None
    category_code: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = None
    rate_bp: int = Field(ge=0, le=10_000, description="Basis points of each payment: 450 is 4.5 %.")
    bounds: list[CommissionBoundIn] = Field(
        default=[], max_length=MOST_BOUNDS, description="By currency; payments in others are not bounded."
    )
    valid_from: Day = Field(description="The first day (UTC) on whose deals it is charged.")
    valid_until: Day | None = Field(default=None, description="The last day; absent for no end.")
    replaces: bool = Field(
        default=False, description="End the rule about the same that holds then on the day before this one begins."
    )
    notice_waived: bool = Field(
        default=False, description="The supplier alone concerned does without the days of notice."
    )

    @property
    def named(self) -> UUID | str | None:
        """What the rule is about."""
        return self.campaign_id or self.supplier_id or self.category_code


class CommissionRuleEndIn(Input):
    """Another last day."""

    valid_until: Day | None = Field(
        description="The last day (UTC) of the rule, null for no end; before its first day, it is withdrawn."
    )
    notice_waived: bool = Field(
        default=False, description="The supplier alone concerned does without the days of notice."
    )


class CommissionAmountOut(Output):
    """An amount."""

    minor: int = Field(description="Minor units of the currency.")
    currency: str
    text: str = Field(description="As the reader writes it.")


class CommissionBoundOut(Output):
    """The least and the most that is charged for one payment in a currency."""

    currency: str
    least: CommissionAmountOut
    most: CommissionAmountOut | None


class CommissionSupplierOut(Output):
    """A supplier."""

    id: UUID
    code: str
    name: str


class CommissionCategoryOut(Output):
    """A category of the catalogue."""

    code: str
    name: str


class CommissionRuleBriefOut(Output):
    """What a rule charges, and what it is about."""

    id: UUID
    scope: Labelled
    campaign_id: UUID | None
    category: CommissionCategoryOut | None
    rate_bp: int
    rate_percent: PlainDecimal
    rate_text: str = Field(description="The rate as the reader writes it.")
    bounds: list[CommissionBoundOut]
    valid_from: date
    valid_until: date | None


class CommissionRuleOut(CommissionRuleBriefOut):
    """A rule, as the operator sees it."""

    state: Labelled
    supplier: CommissionSupplierOut | None
    created_at: datetime


class CommissionTermOut(Output):
    """What a supplier pays on a day for a deal about a category; without a category, about anything else."""

    category: CommissionCategoryOut | None
    rate_percent: PlainDecimal
    rate_text: str = Field(description="The rate as the reader writes it.")
    rule: CommissionRuleBriefOut | None = Field(description="The rule that applies; absent where nothing is charged.")
    reason: str = Field(description="Why it applies, in the reader's language.")
    passed_over: list[CommissionRuleBriefOut] = Field(
        description="Rules that would apply if this one did not, in their order."
    )


class CommissionTermsOut(Output):
    """What a supplier pays on a day, by his categories."""

    day: date
    terms: list[CommissionTermOut]


class CommissionAgreementOut(Output):
    """The terms of a deal, frozen when it was made."""

    id: UUID
    deal_kind: str = Field(description="What the deal is, such as `order`.")
    deal_id: UUID
    agreed_on: date
    currency: str
    rate_bp: int
    rate_percent: PlainDecimal
    rate_text: str = Field(description="The rate as the reader writes it.")
    least: CommissionAmountOut
    most: CommissionAmountOut | None
    category: CommissionCategoryOut | None
    campaign_id: UUID | None
    rule_id: UUID | None


class CommissionInvoiceOut(Output):
    """An invoice over the commission of a month, or a credit note over what was given back in it."""

    id: UUID
    month: str = Field(description="Year and month in which it was taken or given back, such as 2026-11.")
    number: int = Field(description="Counts those of a supplier, currency and month.")
    supplier: CommissionSupplierOut
    invoice_id: UUID = Field(description="As `GET /v1/invoices/{invoice_id}` shows it.")
    credits_id: UUID | None = Field(description="The invoice of this list that a credit note is about.")
    net: CommissionAmountOut = Field(description="Without tax; negative for a credit note.")
    created_at: datetime


class CommissionRunOut(Output):
    """That months are being invoiced."""

    through: str = Field(description="The last month that is looked at.")
