"""What the procurement room announces. Quotes are sealed: no event about them carries a price; webhooks subscribe too.

Events are numbered per subject. An event that an invited supplier may see never shares a subject with one that he may not:
gaps in the numbers would tell him how many others were asked, or have quoted. So quotes, invitations and questions are
subjects of their own, and news of the inquiry reach each supplier as news of his own invitation.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from app.kit.outbox import Event


class InquiryPublished(Event, name="procurement.inquiry_published.v1", subject=("inquiry", "inquiry_id")):
    """For the buyer; each invited supplier hears `SupplierInvited`."""

    inquiry_id: UUID
    buyer_id: UUID
    closes_at: datetime
    opens_at: datetime


class InquiryDeadlineExtended(
    Event, name="procurement.inquiry_deadline_extended.v1", subject=("inquiry", "inquiry_id")
):
    """The closing time moved later."""

    inquiry_id: UUID
    buyer_id: UUID
    closes_at: datetime
    opens_at: datetime


class InquiryClosed(Event, name="procurement.inquiry_closed.v1", subject=("inquiry", "inquiry_id")):
    """No more quotes are taken: the time came, or the buyer closed early."""

    inquiry_id: UUID
    buyer_id: UUID
    early: bool


class InquiryCancelled(Event, name="procurement.inquiry_cancelled.v1", subject=("inquiry", "inquiry_id")):
    """The buyer gave the inquiry up. `was_published` is false for a draft, of which no supplier had heard."""

    inquiry_id: UUID
    buyer_id: UUID
    was_published: bool


class InquiryOpened(Event, name="procurement.inquiry_opened.v1", subject=("inquiry", "inquiry_id")):
    """The quotes were opened."""

    inquiry_id: UUID
    buyer_id: UUID


class SupplierInvited(Event, name="procurement.supplier_invited.v1", subject=("invitation", "invitation_id")):
    """One supplier was asked for a quote."""

    invitation_id: UUID
    inquiry_id: UUID
    buyer_id: UUID
    supplier_id: UUID


class InvitationUpdated(Event, name="procurement.invitation_updated.v1", subject=("invitation", "invitation_id")):
    """News of the inquiry for one invited supplier."""

    invitation_id: UUID
    inquiry_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    news: Literal["extended", "closed", "cancelled", "opened", "answered"]


class InvitationDeclined(Event, name="procurement.invitation_declined.v1", subject=("invitation", "invitation_id")):
    """A supplier will not quote."""

    invitation_id: UUID
    inquiry_id: UUID
    buyer_id: UUID
    supplier_id: UUID


class QuoteSubmitted(Event, name="procurement.quote_submitted.v1", subject=("quote", "quote_id")):
    """Carries the seal and no price. `digest` is SHA-256 in hexadecimal; nobody can alter the quote after it."""

    quote_id: UUID
    inquiry_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    revision: int
    digest: str


class QuoteWithdrawn(Event, name="procurement.quote_withdrawn.v1", subject=("quote", "quote_id")):
    """A submitted quote was taken back before closing."""

    quote_id: UUID
    inquiry_id: UUID
    buyer_id: UUID
    supplier_id: UUID


class QuestionAsked(Event, name="procurement.question_asked.v1", subject=("question", "question_id")):
    """For the buyer and the asking supplier."""

    question_id: UUID
    inquiry_id: UUID
    buyer_id: UUID
    supplier_id: UUID


class QuestionAnswered(Event, name="procurement.question_answered.v1", subject=("inquiry", "inquiry_id")):
    """For the buyer; every invited supplier hears `InvitationUpdated`. It does not say who asked."""

    inquiry_id: UUID
    buyer_id: UUID
    question_id: UUID


# Of awards and orders. An order is announced from its issue on, so its supplier sees no gap in the numbers of its events.


class InquiryAwarded(Event, name="procurement.inquiry_awarded.v1", subject=("inquiry", "inquiry_id")):
    """An inquiry is awarded for good: every line, or the rest is closed. For the buyer; suppliers hear `QuoteDecided`."""

    inquiry_id: UUID
    buyer_id: UUID
    award_id: UUID


class QuoteDecided(Event, name="procurement.quote_decided.v1", subject=("quote", "quote_id")):
    """What an awarded inquiry means for one quote: something of it was chosen, or nothing. For both sides of the quote."""

    quote_id: UUID
    inquiry_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    chosen: bool


class OrderIssued(Event, name="procurement.order_issued.v1", subject=("order", "order_id")):
    """The order binds the buyer and can be read by the supplier. An order of the catalogue names no inquiry."""

    order_id: UUID
    inquiry_id: UUID | None
    buyer_id: UUID
    supplier_id: UUID
    number: str


class OrderAcknowledged(Event, name="procurement.order_acknowledged.v1", subject=("order", "order_id")):
    """The supplier has taken the order."""

    order_id: UUID
    buyer_id: UUID
    supplier_id: UUID


class OrderRejected(Event, name="procurement.order_rejected.v1", subject=("order", "order_id")):
    """The supplier has refused the order; lines that were awarded can be awarded again."""

    order_id: UUID
    buyer_id: UUID
    supplier_id: UUID


class OrderCancelled(Event, name="procurement.order_cancelled.v1", subject=("order", "order_id")):
    """The buyer has cancelled the order before it was acknowledged; told to the supplier if he knew of it."""

    order_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    was_issued: bool


class OrderAdvanced(Event, name="procurement.order_advanced.v1", subject=("order", "order_id")):
    """An accepted milestone took the order to another state: in production, shipped or accepted."""

    order_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    state: str


class OrderClosed(Event, name="procurement.order_closed.v1", subject=("order", "order_id")):
    """Everything of the order is done."""

    order_id: UUID
    buyer_id: UUID
    supplier_id: UUID


class MilestoneEvidenceSubmitted(
    Event, name="procurement.milestone_evidence_submitted.v1", subject=("order", "order_id")
):
    """The supplier says that a milestone is reached. `entry_id` holds his note and files."""

    order_id: UUID
    milestone_id: UUID
    entry_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    code: str


class MilestoneAccepted(Event, name="procurement.milestone_accepted.v1", subject=("order", "order_id")):
    """The buyer agrees that a milestone is reached, so its amount is earned; or, `counted`, he did not say so in the agreed
    days, or a dispute over it was settled."""

    order_id: UUID
    milestone_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    code: str
    amount_minor: int
    currency: str
    counted: bool = False


class MilestoneReturned(Event, name="procurement.milestone_returned.v1", subject=("order", "order_id")):
    """The buyer wants other evidence; `entry_id` holds the reason."""

    order_id: UUID
    milestone_id: UUID
    entry_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    code: str


class MilestoneWaived(Event, name="procurement.milestone_waived.v1", subject=("order", "order_id")):
    """The buyer does without an optional milestone."""

    order_id: UUID
    milestone_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    code: str


class TrialAdded(Event, name="procurement.trial_added.v1", subject=("order", "order_id")):
    """The buyer asks for a further trial; `entry_id` holds what it shall show."""

    order_id: UUID
    milestone_id: UUID
    entry_id: UUID
    buyer_id: UUID
    supplier_id: UUID
    code: str
