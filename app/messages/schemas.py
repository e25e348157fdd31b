"""What goes into and out of the messages room."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.kit.paging import Page
from app.kit.schemas import Input, Instant, Labelled, Output
from app.messages.rules import EVENT_PATTERN
from app.messages.states import NoticeGroup

EventPattern = Annotated[str, StringConstraints(pattern=EVENT_PATTERN, max_length=120)]
WebhookUrl = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
EventPatterns = Annotated[
    list[EventPattern],
    Field(
        min_length=1,
        max_length=50,
        description="`*`, whole types such as `procurement.quote_submitted.v1`, or beginnings such as `procurement.*`.",
        examples=[["procurement.*"]],
    ),
]


class NotificationOut(Output):
    """One notice to the reader, in his language and time zone."""

    id: UUID
    notice: str = Field(description="Stable code of what is told.")
    subject: str
    body: str
    path: str | None = Field(description="Where the thing itself is shown, below this installation's address.")
    entity: str
    entity_id: UUID
    created_at: datetime
    read_at: datetime | None


class NotificationPage(Page[NotificationOut]):
    """A page of notifications."""

    unread_count: int = Field(description="How many the reader has not read, on all pages.")


class ReadCount(Output):
    """How many were marked as read."""

    read: int


class NoticeGroupOut(Labelled):
    """A group of notices and whether its mails are sent."""

    mailed: bool
    always_mailed: bool = Field(description="Mails of this group cannot be switched off.")


class PreferencesOut(Output):
    """Which mails the reader gets from this organization. Notifications in the application are always shown."""

    groups: list[NoticeGroupOut]


class PreferencesIn(Input):
    """The groups whose mails are switched off; all others are mailed."""

    muted_groups: list[NoticeGroup] = Field(max_length=20)


class WebhookEndpointIn(Input):
    """A new endpoint."""

    url: WebhookUrl = Field(description="An https address that is reachable from the public internet.")
    description: Annotated[str, StringConstraints(max_length=200)] = ""
    event_types: EventPatterns = Field(default_factory=lambda: ["*"])


class WebhookEndpointPatch(Input):
    """What is left out stays as it is."""

    url: WebhookUrl | None = None
    description: Annotated[str, StringConstraints(max_length=200)] | None = None
    event_types: EventPatterns | None = None


class WebhookEndpointOut(Output):
    """An endpoint; never its secret."""

    id: UUID
    url: str
    description: str
    event_types: list[str]
    state: Labelled
    secret_since: datetime
    previous_secret_until: datetime | None = Field(
        description="Until then deliveries are signed with the secret before the present one as well."
    )
    created_at: datetime
    version: int


class NewWebhookEndpointOut(WebhookEndpointOut):
    """A new endpoint with its secret."""

    secret: str | None = Field(description="Shown this one time: `null` when the request is repeated.")


class RotationIn(Input):
    """How a new secret takes over."""

    overlap_hours: int = Field(default=24, ge=0, le=168, description="How long the present secret signs too.")


class NewSecretOut(Output):
    """A new secret."""

    secret: str | None = Field(description="Shown this one time: `null` when the request is repeated.")
    previous_secret_until: datetime | None


class PingOut(Output):
    """The event that was sent to the endpoint."""

    event_id: UUID


class ReplayIn(Input):
    """The span of time whose events are sent again."""

    begins_at: Instant
    ends_at: Instant = Field(description="Not included.")
    only_failed: bool = Field(default=True, description="Leave out events that were delivered.")


class ReplayOut(Output):
    """The replay was accepted; its deliveries appear in the log."""

    begins_at: datetime
    ends_at: datetime
    only_failed: bool


class AttemptOut(Output):
    """One try to deliver."""

    id: UUID
    attempted_at: datetime
    duration_ms: int
    status: int | None = Field(description="The receiver's HTTP status.")
    error: str | None = Field(description="Stable code of what prevented an answer.")
    response_body: str | None = Field(description="The beginning of the answer, as text.")


class DeliveryOut(Output):
    """One event on its way to one endpoint."""

    id: UUID
    event_id: UUID = Field(description="The `webhook-id` of every try.")
    event_type: str
    state: Labelled
    attempts: int = Field(description="Tries since the event happened or was last replayed.")
    next_attempt_at: datetime | None
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None
    last_attempt: AttemptOut | None


class CloudEventOut(Output):
    """An event as a CloudEvents 1.0 envelope, the same as webhooks carry."""

    specversion: str
    id: UUID
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    sequence: str = Field(description="The event's number among those of its subject.")
    traceparent: str | None = None
    data: dict[str, Any]
