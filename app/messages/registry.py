"""The registry of notices. A notice is a code and its texts; the room that owns it registers it in its `notices` module."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.messages.states import NoticeGroup

Param = str | int | Decimal | UUID | datetime | date | Mapping[str, Any]


class UnknownNotice(LookupError):
    """No room has registered this notice."""


class NoticeParamsWrong(ValueError):
    """The parameters given are not those that the notice's texts name, or one has a wrong shape."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told: `subject` and `body` are message ids with `{params}`, `path` leads to the thing itself.

    `link` names a link that only the mail's own job can make (`app.messages.links`), because a secret is in it; such a
    notice has no path of its own and is mailed only.
    """

    code: str
    subject: str
    body: str
    path: str
    group: NoticeGroup
    link: str | None = None

    @property
    def placeholders(self) -> frozenset[str]:
        """The parameters that the texts and the path need."""
        return placeholders(self.subject) | placeholders(self.body) | placeholders(self.path)


NOTICES: dict[str, Notice] = {}


def placeholders(text: str) -> frozenset[str]:
    """The names in `{…}`."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def register_notice(
    code: str,
    *,
    subject: str,
    body: str,
    path: str,
    group: NoticeGroup = NoticeGroup.TRADE,
    link: str | None = None,
) -> None:
    """Add a notice. `subject` and `body` are marked with `N_`; `path` begins with a slash, such as `/inquiries/{inquiry_id}`."""
    if code in NOTICES:
        raise RuntimeError(f"two notices are named {code}")
    if not path.startswith("/"):
        raise RuntimeError(f"the path of {code} must begin with a slash")
    NOTICES[code] = Notice(code, subject, body, path, group, link)


def known_notice(code: str) -> Notice:
    """The notice of this code. Raises `UnknownNotice`."""
    try:
        return NOTICES[code]
    except KeyError:
        raise UnknownNotice(code) from None


def stored_params(notice: Notice, params: Mapping[str, Param]) -> dict[str, Any]:
    """The parameters as they are stored, checked against what the texts name. Raises `NoticeParamsWrong`.

    Names ending in `_at` hold a moment with its zone, in `_on` a day; `{"minor", "currency"}` is money and
    `{"i18n": [context, message]}` or `{"i18n": [message]}` a text that is translated for the reader.
    """
    if set(params) != notice.placeholders:
        wrong = sorted(set(params) ^ notice.placeholders)
        raise NoticeParamsWrong(f"{notice.code}: {', '.join(wrong)} given and not needed, or needed and not given")
    return {name: _stored(notice.code, name, value) for name, value in params.items()}


def _stored(code: str, name: str, value: Param) -> Any:
    plain: Any = value.isoformat() if isinstance(value, date) else value
    if isinstance(plain, UUID | Decimal):
        plain = str(plain)
    if not _well_shaped(name, plain):
        raise NoticeParamsWrong(f"{code}: {name} has a wrong shape")
    return dict(plain) if isinstance(plain, Mapping) else plain


def _well_shaped(name: str, value: Any) -> bool:
    if isinstance(value, Mapping):
        if set(value) == {"minor", "currency"}:
            return isinstance(value["minor"], int) and isinstance(value["currency"], str)
        texts = value.get("i18n")
        return (
            set(value) == {"i18n"}
            and isinstance(texts, list | tuple)
            and len(texts) in (1, 2)
            and all(isinstance(text, str) for text in texts)
        )
    if not isinstance(value, str | int) or isinstance(value, bool):
        return False
    try:
        if name.endswith("_at"):
            return datetime.fromisoformat(str(value)).tzinfo is not None
        if name.endswith("_on"):
            date.fromisoformat(str(value))
    except ValueError:
        return False
    return True
