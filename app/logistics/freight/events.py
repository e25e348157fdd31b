"""What freight announces. No event carries a price, and none of a partner's tells of another partner."""

from datetime import datetime
from uuid import UUID

from app.kit.outbox import Event

# News of an inquiry are news of each partner's invitation: a number that counts all of them would tell of the others.
INVITATION = ("freight_invitation", "invitation_id")


class FreightAskedOf(Event, name="logistics.freight_asked.v1", subject=INVITATION):
    """A partner is asked for an offer."""

    invitation_id: UUID
    freight_inquiry_id: UUID
    shipper_id: UUID
    partner_id: UUID
    closes_at: datetime


class FreightOffered(Event, name="logistics.freight_offered.v1", subject=INVITATION):
    """A partner made, revised or withdrew an offer."""

    invitation_id: UUID
    freight_inquiry_id: UUID
    freight_offer_id: UUID
    shipper_id: UUID
    partner_id: UUID
    revision: int
    state: str


class FreightClosed(Event, name="logistics.freight_closed.v1", subject=INVITATION):
    """A freight inquiry takes no offers any more: it was closed or cancelled."""

    invitation_id: UUID
    freight_inquiry_id: UUID
    shipper_id: UUID
    partner_id: UUID
    state: str


class FreightTaken(Event, name="logistics.freight_taken.v1", subject=INVITATION):
    """A partner's offer was taken, or another's."""

    invitation_id: UUID
    freight_inquiry_id: UUID
    freight_offer_id: UUID
    shipper_id: UUID
    partner_id: UUID
    taken: bool


class FreightShared(Event, name="logistics.freight_shared.v1", subject=("consolidation_member", "member_id")):
    """What a booking pays of a shared container is fixed."""

    member_id: UUID
    booking_id: UUID
    shipper_id: UUID
    partner_id: UUID
