"""What the messages room announces."""

from uuid import UUID

from app.kit.outbox import Event


class WebhookEndpointPinged(
    Event, name="messages.webhook_endpoint_pinged.v1", subject=("webhook_endpoint", "endpoint_id")
):
    """Somebody wants to see whether an endpoint receives. Delivered to that endpoint alone, whatever it subscribed to."""

    endpoint_id: UUID
    organization_id: UUID


class WebhookEndpointGone(Event, name="messages.webhook_endpoint_gone.v1", subject=("webhook_endpoint", "endpoint_id")):
    """A receiver answered 410, so its endpoint was disabled."""

    endpoint_id: UUID
    organization_id: UUID
