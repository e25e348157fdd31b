"""What goes wrong on the way: who has to act and within how many hours. The trade calls these exceptions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.kit.locales import NP_


class Owner(StrEnum):
    """Who has to act."""

    CARRIER = "carrier"
    SHIPPER = "shipper"
    CONSIGNEE = "consignee"
    CUSTOMS_BROKER = "customs_broker"


class Incident(StrEnum):
    """Kinds of exception."""

    DELAY = "delay"
    CUSTOMS_HOLD = "customs_hold"
    INSPECTION = "inspection"
    LEFT_BEHIND = "left_behind"
    SEAL_CHANGED = "seal_changed"
    DAMAGE = "damage"
    SHORTAGE = "shortage"
    LOSS = "loss"
    DOCUMENTS_MISSING = "documents_missing"
    DOCUMENTS_WRONG = "documents_wrong"
    DELIVERY_REFUSED = "delivery_refused"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """`stops`: the goods do not move until it is settled. `from_tracking`: tracking opens it; else a person or a clock does.

    The hours are this house's own service levels, not a standard: a partner's contract may set others.
    """

    code: Incident
    owner: Owner
    answer_within_hours: int
    settle_within_hours: int
    stops: bool
    from_tracking: bool

    def answer_due(self, opened_at: datetime) -> datetime:
        """Until when the owner has to say what is being done."""
        return opened_at + timedelta(hours=self.answer_within_hours)

    def settle_due(self, opened_at: datetime) -> datetime:
        """Until when it has to be settled, after which it is passed on to the operator."""
        return opened_at + timedelta(hours=self.settle_within_hours)


INCIDENT_KINDS: dict[Incident, IncidentKind] = {
    kind.code: kind
    for kind in (
        IncidentKind(Incident.DELAY, Owner.CARRIER, 24, 72, stops=False, from_tracking=True),
        IncidentKind(Incident.CUSTOMS_HOLD, Owner.CUSTOMS_BROKER, 8, 72, stops=True, from_tracking=True),
        IncidentKind(Incident.INSPECTION, Owner.CUSTOMS_BROKER, 24, 96, stops=True, from_tracking=True),
        IncidentKind(Incident.LEFT_BEHIND, Owner.CARRIER, 8, 48, stops=True, from_tracking=True),
        IncidentKind(Incident.SEAL_CHANGED, Owner.CARRIER, 24, 72, stops=False, from_tracking=True),
        IncidentKind(Incident.DAMAGE, Owner.CARRIER, 24, 168, stops=False, from_tracking=False),
        IncidentKind(Incident.SHORTAGE, Owner.CARRIER, 24, 168, stops=False, from_tracking=False),
        IncidentKind(Incident.LOSS, Owner.CARRIER, 8, 120, stops=True, from_tracking=False),
        IncidentKind(Incident.DOCUMENTS_MISSING, Owner.SHIPPER, 8, 48, stops=True, from_tracking=False),
        IncidentKind(Incident.DOCUMENTS_WRONG, Owner.SHIPPER, 8, 48, stops=True, from_tracking=False),
        IncidentKind(Incident.DELIVERY_REFUSED, Owner.CONSIGNEE, 8, 48, stops=True, from_tracking=False),
        IncidentKind(Incident.SILENCE, Owner.CARRIER, 24, 48, stops=False, from_tracking=False),
    )
}

OWNER_LABELS = {
    Owner.CARRIER: NP_("incident owner", "Carrier"),
    Owner.SHIPPER: NP_("incident owner", "Shipper"),
    Owner.CONSIGNEE: NP_("incident owner", "Consignee"),
    Owner.CUSTOMS_BROKER: NP_("incident owner", "Customs broker"),
}

INCIDENT_LABELS = {
    Incident.DELAY: NP_("incident", "Delay"),
    Incident.CUSTOMS_HOLD: NP_("incident", "Held by customs"),
    Incident.INSPECTION: NP_("incident", "Under inspection"),
    Incident.LEFT_BEHIND: NP_("incident", "Left behind by the carrier"),
    Incident.SEAL_CHANGED: NP_("incident", "Seal replaced"),
    Incident.DAMAGE: NP_("incident", "Damage"),
    Incident.SHORTAGE: NP_("incident", "Packages missing"),
    Incident.LOSS: NP_("incident", "Goods lost"),
    Incident.DOCUMENTS_MISSING: NP_("incident", "Documents missing"),
    Incident.DOCUMENTS_WRONG: NP_("incident", "Documents wrong"),
    Incident.DELIVERY_REFUSED: NP_("incident", "Delivery refused"),
    Incident.SILENCE: NP_("incident", "No news from the carrier"),
}
