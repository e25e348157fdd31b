"""The notice about webhooks into the house."""

from app.kit.locales import N_
from app.messages.registry import register_notice
from app.messages.states import NoticeGroup

register_notice(
    "messages.incoming_refused",
    subject=N_("Messages of {source} are refused"),
    body=N_(
        "The webhook source {source} sent a message of the type {type} that could not be handled. Open the source to read why. "
        "Further messages may be refused as well; of this you are told once a day at most."
    ),
    path="/webhook-sources/{source_id}",
    group=NoticeGroup.INTEGRATION,
)
