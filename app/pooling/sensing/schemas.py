"""What comes in and goes out about consent and suggestions."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.kit.schemas import Input, Instant, Labelled, Output, PlainDecimal
from app.pooling.limits import MOST_PLACES
from app.pooling.schemas.campaigns import PlaceCode
from app.reference.facade import AcceptedCurrency


class DemandConsentIn(Input):
    """Whether your demand may be counted."""

    given: bool = Field(description="Whether your inquiries and orders may be counted with those of others.")


class CampaignForDemandIn(Input):
    """A campaign for a suggestion. Everything is filled in where you leave it out; the draft can be changed."""

    currency: AcceptedCurrency | None = Field(None, description="By default that in which most is published.")
    closes_at: Instant | None = Field(None, description="The freeze; by default in a fortnight.")
    places: Annotated[list[PlaceCode], Field(min_length=1, max_length=MOST_PLACES)] | None = Field(
        None, description="Where members may take their goods; by default your own place, or places of your country."
    )


class DemandConsentOut(Output):
    """Whether your demand may be counted, and whether it is."""

    given: bool
    counted: bool = Field(description="Whether it is counted: only that of verified organizations is.")
    decided_at: datetime | None = Field(description="When it was last decided; nobody is counted who never did.")
    version: int


class DemandQuantityOut(Output):
    """How much was asked for together, with two significant digits."""

    value: PlainDecimal
    unit: str
    text: str = Field(description="In your language and unit system.")


class DemandSizeOut(Output):
    """What size it was asked for in: each side within about 12 % of these preferred numbers (ISO 3, R10)."""

    sides_mm: list[PlainDecimal] = Field(description="The longest first.")
    text: str = Field(description="In your language and unit system.")


class ExpectedSavingOut(Output):
    """What buying together is expected to save."""

    percent: int
    source: Labelled = Field(description="`list_prices` or `past_orders`.")


class DemandSuggestionOut(Output):
    """Something that many buyers asked for alike. It names no buyer."""

    id: UUID
    state: Labelled
    text: str = Field(description="The suggestion in one sentence.")
    buyers: int = Field(description="How many organizations asked for it; never fewer than five.")
    category: Labelled
    steel: str = Field(description="The designation that stands for all nominally equivalent ones.")
    size: DemandSizeOut
    quantity: DemandQuantityOut
    expected_saving: ExpectedSavingOut | None = Field(description="Absent where neither prices nor orders tell.")
    asked_since: date
    asked_until: date
    made_at: datetime
    ended_at: datetime | None
    includes_you: bool = Field(description="Whether your own demand is in it; nobody else is told.")
