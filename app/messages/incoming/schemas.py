"""What goes into and out of the routes of webhook sources."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.kit.actor import Permission
from app.kit.problems import FieldProblem
from app.kit.schemas import Input, Labelled, Output

SourceName = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class WebhookSourceIn(Input):
    """A system that sends signed messages, and what they may do."""

    name: SourceName
    scopes: list[Permission] = Field(
        min_length=1, max_length=30, description="Such as you hold yourself and as API clients may have."
    )


class WebhookSourceOut(Output):
    """A source; never its secret."""

    id: UUID
    name: str
    scopes: list[str]
    path: str = Field(description="Where its messages are sent to, below this installation's address.")
    secret_since: datetime
    previous_secret_until: datetime | None = Field(
        description="Until then the secret before the present one is good too."
    )
    created_by: UUID | None = Field(description="The person who made it.")
    client_id: UUID | None = Field(description="The API client that made it; the source ends with it.")
    created_at: datetime
    revoked_at: datetime | None
    version: int


class NewWebhookSourceOut(WebhookSourceOut):
    """A new source with its secret."""

    secret: str | None = Field(description="Shown this one time: `null` when the request is repeated.")


class MessageIn(BaseModel):
    """A message. What else the sender adds is left alone."""

    model_config = ConfigDict(extra="ignore")

    type: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$", max_length=120)] = Field(
        examples=["tracking.events"]
    )
    data: dict[str, Any]


class MessageReceiptOut(Output):
    """The message is kept, and will be handled."""

    id: UUID = Field(description="The same when the message is sent again.")


class MessageProblemOut(Output):
    """Why a message was refused or given up."""

    code: str = Field(description="The code of a problem, as a route would answer.")
    title: str
    detail: str
    errors: list[FieldProblem]


class IncomingMessageOut(Output):
    """A message and what became of it."""

    id: UUID
    webhook_id: str
    type: str
    state: Labelled
    attempts: int = Field(description="Tries since it came or was last replayed.")
    next_attempt_at: datetime | None
    outcome: dict[str, Any] | None = Field(
        description="What was done, by type: of `tracking.events` what `POST /v1/tracking-events` answers, the first 100 refused."
    )
    problem: MessageProblemOut | None
    received_at: datetime
    ended_at: datetime | None
