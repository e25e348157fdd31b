"""Words of the procurement room: the states of an inquiry, of an invitation and of a quote, and the legal transitions."""

from enum import StrEnum

from app.kit.locales import NP_


class InquiryState(StrEnum):
    """Where an inquiry stands. After its closing time a published inquiry takes no quotes, even before it says closed."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    AWARDED = "awarded"
    CANCELLED = "cancelled"


class QuoteState(StrEnum):
    """Where a quote stands. Only a submitted one takes part; a withdrawn one is never shown to the buyer."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"


class InvitationStatus(StrEnum):
    """What an invited supplier has made of the invitation."""

    PENDING = "pending"
    DECLINED = "declined"
    QUOTED = "quoted"


class PriceKind(StrEnum):
    """What a price of a quote is for: a line of the inquiry, or something extra that the supplier names."""

    LINE = "line"
    EXTRA = "extra"


INQUIRY_TRANSITIONS: dict[InquiryState, frozenset[InquiryState]] = {
    InquiryState.DRAFT: frozenset({InquiryState.PUBLISHED, InquiryState.CANCELLED}),
    InquiryState.PUBLISHED: frozenset({InquiryState.CLOSED, InquiryState.CANCELLED}),
    InquiryState.CLOSED: frozenset({InquiryState.AWARDED, InquiryState.CANCELLED}),
    InquiryState.AWARDED: frozenset(),
    InquiryState.CANCELLED: frozenset(),
}

QUOTE_TRANSITIONS: dict[QuoteState, frozenset[QuoteState]] = {
    QuoteState.DRAFT: frozenset({QuoteState.SUBMITTED, QuoteState.WITHDRAWN}),
    QuoteState.SUBMITTED: frozenset({QuoteState.WITHDRAWN}),
    QuoteState.WITHDRAWN: frozenset(),
}

INQUIRY_STATE_LABELS = {
    InquiryState.DRAFT: NP_("inquiry state", "Draft"),
    InquiryState.PUBLISHED: NP_("inquiry state", "Published"),
    InquiryState.CLOSED: NP_("inquiry state", "Closed"),
    InquiryState.AWARDED: NP_("inquiry state", "Awarded"),
    InquiryState.CANCELLED: NP_("inquiry state", "Cancelled"),
}

QUOTE_STATE_LABELS = {
    QuoteState.DRAFT: NP_("quote state", "Draft"),
    QuoteState.SUBMITTED: NP_("quote state", "Submitted"),
    QuoteState.WITHDRAWN: NP_("quote state", "Withdrawn"),
}

INVITATION_STATUS_LABELS = {
    InvitationStatus.PENDING: NP_("invitation status", "No answer yet"),
    InvitationStatus.DECLINED: NP_("invitation status", "Declined"),
    InvitationStatus.QUOTED: NP_("invitation status", "Quote submitted"),
}
