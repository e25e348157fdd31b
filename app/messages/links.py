"""Links that carry a secret. They are made when the mail is sent and stored nowhere."""

from collections.abc import Callable
from urllib.parse import quote
from uuid import UUID

from app.messages.registry import Notice
from app.parties import facade as parties
from app.settings import Settings

PREFERENCES_PATH = "/notifications/preferences"

LINKS: dict[str, Callable[[Settings, UUID], str]] = {
    "invitation": parties.invitation_link,
    "password_reset": parties.password_reset_link,
    "email_confirmation": parties.email_confirmation_link,
}
"""The `link` of a notice → how it is made from the entity's id."""


def path_of(notice: Notice, params: dict[str, object]) -> str:
    """The notice's path with its parameters filled in."""
    return notice.path.format_map({name: quote(str(value), safe="") for name, value in params.items()})


def link_of(settings: Settings, notice: Notice, params: dict[str, object], entity_id: UUID) -> str:
    """Where the mail's reader clicks."""
    if notice.link is not None:
        return LINKS[notice.link](settings, entity_id)
    return settings.public_url + path_of(notice, params)
