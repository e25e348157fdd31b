"""What is announced of webhooks into the house."""

from uuid import UUID

from app.kit.outbox import Event


class IncomingRefused(Event, name="messages.incoming_refused.v1", subject=("webhook_source", "source_id")):
    """A message of a source was refused or given up. Announced once a day at most for each source."""

    source_id: UUID
    organization_id: UUID
    message_id: UUID
    message_type: str
    code: str
