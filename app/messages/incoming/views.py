"""Sources and messages as their readers see them."""

from collections.abc import Sequence

from app.kit.kept import again
from app.kit.locales import current_locale
from app.kit.problems import render
from app.kit.schemas import labelled
from app.messages.incoming.models import IncomingMessage, WebhookSource
from app.messages.incoming.registry import HANDLERS
from app.messages.incoming.schemas import (
    IncomingMessageOut,
    MessageProblemOut,
    NewWebhookSourceOut,
    WebhookSourceOut,
)
from app.messages.incoming.states import MESSAGE_STATE_LABELS, MessageState


def _fields(row: WebhookSource) -> dict[str, object]:
    values = {name: getattr(row, name) for name in WebhookSourceOut.model_fields if hasattr(row, name)}
    return values | {"path": f"/v1/webhook-sources/{row.id}/messages"}


def source_out(row: WebhookSource) -> WebhookSourceOut:
    """A source."""
    return WebhookSourceOut.model_validate(_fields(row))


def new_source_out(row: WebhookSource, secret: str) -> NewWebhookSourceOut:
    """A source with its secret."""
    return NewWebhookSourceOut.model_validate({**_fields(row), "secret": secret})


def messages_out(rows: Sequence[IncomingMessage]) -> list[IncomingMessageOut]:
    """Messages, with outcomes and problems in the reader's language."""
    return [_message_out(row) for row in rows]


def _message_out(row: IncomingMessage) -> IncomingMessageOut:
    outcome = row.outcome
    if outcome is not None and row.type in HANDLERS:
        outcome = HANDLERS[row.type].shown(outcome)
    problem = None
    if row.problem is not None:
        problem = MessageProblemOut.model_validate(render(again(row.problem), locale=current_locale()))
    return IncomingMessageOut(
        id=row.id,
        webhook_id=row.webhook_id,
        type=row.type,
        state=labelled(row.state, MESSAGE_STATE_LABELS),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at if row.state == MessageState.WAITING else None,
        outcome=outcome,
        problem=problem,
        received_at=row.received_at,
        ended_at=row.ended_at,
    )
