"""What the procurement room announces. Quotes are sealed: no event carries a price, and subscribers include webhooks.

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
