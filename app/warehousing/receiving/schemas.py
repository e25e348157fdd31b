"""What comes into receiving and what goes out."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.schemas import Input, Labelled, Output, PlainDecimal, ShortText
from app.reference.facade import UnitCode
from app.warehousing.receiving.models import MOST_VALUES
from app.warehousing.receiving.states import Decision, ReceivedAs
from app.warehousing.schemas import Code, LotIn, Quantity, StockOut

MOST_LINES = 200
CauseKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Note = Annotated[str, StringConstraints(max_length=400)]
LongNote = Annotated[str, StringConstraints(max_length=1000)]
Size = Annotated[PlainDecimal, Field(ge=-(10**9), le=10**9, max_digits=16, decimal_places=6)]
Values = Annotated[list[Size], Field(max_length=MOST_VALUES)]
Photos = Annotated[
    list[UUID], Field(max_length=50, description="Checked files of your organization; owner and sender may open them.")
]


class CauseIn(Input):
    """What goods belong to, in the sender's words: an order, a shipment."""

    kind: CauseKind
    id: UUID


class ArrivalLineIn(Input):
    """So much of an item."""

    item_id: UUID
    quantity: Quantity
    lot: LotIn | None = Field(default=None, description="The lot or serial number, where it is known beforehand.")
    sscc: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        default=None, description="Serial shipping container code of the package that it comes in."
    )


class ArrivalIn(Input):
    """Goods that you announce to the keeper of a warehouse. He gives you its code; the pair is its address here."""

    keeper_id: UUID
    warehouse_code: Code
    owner_id: UUID | None = Field(default=None, description="Whose goods they are; yours when absent.")
    reference: Reference = Field(description="By which people find it, such as the number of the delivery note.")
    cause: CauseIn | None = None
    expected_on: date
    note: LongNote = ""
    lines: Annotated[list[ArrivalLineIn], Field(min_length=1, max_length=MOST_LINES)]


class AnnouncedLotOut(Output):
    """A lot or serial number as it was announced."""

    code: str
    manufactured_on: date | None
    expires_on: date | None


class ArrivalLineOut(Output):
    """What was announced of an item, and what has come so far; `received` holds the damaged too."""

    id: UUID
    position: int
    item_id: UUID
    sku: str
    name: str
    unit: str
    quantity: PlainDecimal
    received: PlainDecimal
    damaged: PlainDecimal
    lot: AnnouncedLotOut | None
    sscc: str | None


class DifferenceOut(Output):
    """One way in which what came differs; without a line nobody had announced it."""

    line_id: UUID | None
    item_id: UUID
    kind: Labelled
    quantity: PlainDecimal


class ArrivalHeadOut(Output):
    """An arrival without its lines."""

    id: UUID
    sender_id: UUID
    sender_name: str
    keeper_id: UUID
    keeper_name: str
    owner_id: UUID
    warehouse_id: UUID
    warehouse_code: str
    reference: str
    cause_kind: str | None
    cause_id: UUID | None
    expected_on: date
    note: str
    state: Labelled
    created_at: datetime
    ended_at: datetime | None
    version: int


class ArrivalOut(ArrivalHeadOut):
    """An arrival. `differences` are stated when it is closed, and stay."""

    lines: list[ArrivalLineOut]
    differences: list[DifferenceOut]


class ReceiptLineIn(Input):
    """So much that really came, into one bin in one status."""

    line_id: UUID | None = Field(
        default=None, description="The line of the arrival; absent for what nobody had announced, such as a wrong item."
    )
    item_id: UUID | None = Field(default=None, description="Without `line_id`: what came instead.")
    quantity: Quantity
    lot: LotIn | None = Field(default=None, description="The lot of the line when absent.")
    bin_id: UUID | None = Field(default=None, description="The first bin of the receiving zone when absent.")
    status: ReceivedAs | None = Field(
        default=None,
        description="What was not announced, and a lot that was not, is held: "
        "so it is by default. Everything else is available.",
    )
    note: Note = ""


class ReceiptIn(Input):
    """What came at one time."""

    lines: Annotated[list[ReceiptLineIn], Field(min_length=1, max_length=MOST_LINES)]
    note: Note = ""


class ReceiptLineOut(Output):
    """So much that came."""

    id: UUID
    position: int
    line_id: UUID | None
    item_id: UUID
    sku: str
    lot: str | None
    quantity: PlainDecimal
    status: Labelled
    bin_id: UUID
    move_id: UUID
    note: str


class ReceiptOut(Output):
    """What came at one time. A reversal has no lines: it takes those of `reverses_id` out again."""

    id: UUID
    arrival_id: UUID
    reverses_id: UUID | None
    reversed_by_id: UUID | None
    note: str
    created_at: datetime
    lines: list[ReceiptLineOut]


class PlaceSuggestionOut(Output):
    """So much into a bin."""

    bin_id: UUID
    bin: str
    quantity: PlainDecimal


class PutAwayOut(Output):
    """What is to be put away, and where it fits; what finds no room is `unplaced`."""

    stock: StockOut
    suggestions: list[PlaceSuggestionOut]
    unplaced: PlainDecimal


class PutAwayMoveIn(Input):
    """So much of a balance into a bin of the same warehouse. It keeps its status."""

    balance_id: UUID
    quantity: Quantity
    bin_id: UUID


class PutAwayIn(Input):
    """Moves into storage that are made together, or not at all."""

    moves: Annotated[list[PutAwayMoveIn], Field(min_length=1, max_length=MOST_LINES)]


class CharacteristicIn(Input):
    """What is measured. Limits of size are the nominal size and the deviations allowed from it; one of the two may be absent."""

    name: ShortText
    unit: UnitCode = "MMT"
    nominal: Size
    lower_deviation: Size | None = Field(default=None, description="Such as -0.013.")
    upper_deviation: Size | None = Field(default=None, description="Above the lower one, such as 0.")
    values: Values = []


class InspectionIn(Input):
    """Goods on quality hold that are to be looked at: of a line of a receipt, or of a balance of your stock."""

    receipt_line_id: UUID | None = None
    balance_id: UUID | None = None
    quantity: Quantity | None = Field(default=None, description="Needed for a balance; else that of the line.")
    note: LongNote = ""
    characteristics: Annotated[list[CharacteristicIn], Field(max_length=200)] = []
    document_ids: Photos = []


class MeasurementIn(Input):
    """The values of one characteristic, piece by piece; what was there before is replaced."""

    position: int = Field(ge=1, le=200)
    values: Values


class MeasurementsIn(Input):
    """Values of some characteristics."""

    measurements: Annotated[list[MeasurementIn], Field(min_length=1, max_length=200)]


class InspectionDecisionIn(Input):
    """What becomes of the goods. It stands for ever."""

    decision: Decision = Field(
        description="`accept` and `concede` make the goods available; `reject` makes them damaged or leaves them on hold."
    )
    reason: LongNote = Field(default="", description="Needed to reject and to concede.")
    conceded_by: Annotated[str, StringConstraints(max_length=200)] = Field(
        default="", description="Who accepts the deviation, by name; needed to concede."
    )
    keep_on_hold: bool = Field(default=False, description="With `reject`: the goods wait on hold to be sent back.")
    bin_id: UUID | None = Field(default=None, description="Where they are put; they stay where they are when absent.")
    document_ids: Photos = []


class CharacteristicOut(Output):
    """A characteristic with what its values say.

    `deviation` is the sample standard deviation over all values (n - 1), from two values on. Cp = band / 6s and
    Cpk = distance from the mean to the nearer limit / 3s; both are absent where s is zero or unknown.
    """

    position: int
    name: str
    unit: str
    nominal: PlainDecimal
    lower_limit: PlainDecimal | None
    upper_limit: PlainDecimal | None
    values: list[PlainDecimal]
    out_of_tolerance: int
    least: PlainDecimal | None
    greatest: PlainDecimal | None
    mean: PlainDecimal | None
    deviation: PlainDecimal | None
    cp: PlainDecimal | None
    cpk: PlainDecimal | None
    verdict: Labelled


class InspectionHeadOut(Output):
    """An inspection without what was measured."""

    id: UUID
    keeper_id: UUID
    owner_id: UUID
    sender_id: UUID | None
    receipt_line_id: UUID | None
    item_id: UUID
    sku: str
    name: str
    unit: str
    lot: str | None
    warehouse_id: UUID
    bin_id: UUID
    quantity: PlainDecimal
    note: str
    state: Labelled
    reason: str
    conceded_by: str
    created_at: datetime
    decided_at: datetime | None
    version: int


class PhotoOut(Output):
    """A file of an inspection."""

    id: UUID
    filename: str
    media_type: str
    url: str


class InspectionOut(InspectionHeadOut):
    """An inspection. `verdict` is what the measurements say of all characteristics; the decision is people's."""

    verdict: Labelled
    characteristics: list[CharacteristicOut]
    documents: list[PhotoOut]
