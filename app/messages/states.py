"""Words of the messages room: groups of notices, states of mails and of webhook deliveries."""

from enum import StrEnum

from app.kit.locales import NP_


class NoticeGroup(StrEnum):
    """What a notice is about; mails are switched on and off by group."""

    SECURITY = "security"
    ORGANIZATION = "organization"
    APPROVALS = "approvals"
    TRADE = "trade"
    INTEGRATION = "integration"


ALWAYS_MAILED = frozenset({NoticeGroup.SECURITY})
"""Groups whose mails nobody can switch off: they tell a person of an attack on his own account."""


class MailState(StrEnum):
    """Where a mail stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class DeliveryState(StrEnum):
    """Where the delivery of one event to one webhook endpoint stands."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"


class EndpointState(StrEnum):
    """Whether a webhook endpoint is sent to."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    GONE = "gone"


MAIL_MOVES: dict[MailState, frozenset[MailState]] = {
    MailState.QUEUED: frozenset({MailState.SENDING, MailState.SUPPRESSED}),
    MailState.SENDING: frozenset({MailState.SENDING, MailState.QUEUED, MailState.SENT, MailState.FAILED}),
    MailState.SENT: frozenset(),
    MailState.FAILED: frozenset({MailState.QUEUED}),
    MailState.SUPPRESSED: frozenset(),
}
"""From each state of a mail, the ones that may follow: the operator sends a failed one again. A trigger holds the same."""

DELIVERY_MOVES: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.WAITING: frozenset({DeliveryState.SENDING, DeliveryState.DEAD}),
    DeliveryState.SENDING: frozenset(DeliveryState),
    DeliveryState.DELIVERED: frozenset({DeliveryState.WAITING}),
    DeliveryState.DEAD: frozenset({DeliveryState.WAITING}),
}
"""From each state of a delivery, the ones that may follow: a replay makes an ended one wait again."""

NOTICE_GROUP_LABELS = {
    NoticeGroup.SECURITY: NP_("notice group", "Security of your account"),
    NoticeGroup.ORGANIZATION: NP_("notice group", "Your organization"),
    NoticeGroup.APPROVALS: NP_("notice group", "Approvals"),
    NoticeGroup.TRADE: NP_("notice group", "Inquiries, quotes and orders"),
    NoticeGroup.INTEGRATION: NP_("notice group", "Connected systems"),
}

DELIVERY_STATE_LABELS = {
    DeliveryState.WAITING: NP_("delivery state", "Waiting"),
    DeliveryState.SENDING: NP_("delivery state", "Being sent"),
    DeliveryState.DELIVERED: NP_("delivery state", "Delivered"),
    DeliveryState.DEAD: NP_("delivery state", "Given up"),
}

ENDPOINT_STATE_LABELS = {
    EndpointState.ENABLED: NP_("webhook endpoint state", "Enabled"),
    EndpointState.DISABLED: NP_("webhook endpoint state", "Disabled"),
    EndpointState.GONE: NP_("webhook endpoint state", "Disabled, because the receiver answered that it is gone"),
}
