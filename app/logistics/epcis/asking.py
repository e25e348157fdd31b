"""The simple event query of EPCIS 2.0 (section 8.2.7.1) over the events of one shipment, named as in its REST binding. Pure.

Of the standard's parameters those are known here that can tell these events apart. Any other is refused by name and not passed
over: who asked for less must not be given more. Lists are separated by commas or by `|`, or the parameter is repeated. Standard
values may be written as bare words, as Web URIs or as the older URNs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_
from app.kit.paging import cursor_of, read_cursor
from app.logistics.epcis.document import Event

PER_PAGE = 30
MOST_PER_PAGE = 1000
MOST_VALUES = 50

TIMES = ("GE_eventTime", "LT_eventTime")
LISTS = (
    "eventType", "EQ_action", "EQ_bizStep", "EQ_disposition", "EQ_readPoint", "EQ_bizLocation", "MATCH_epc", "MATCH_parentID",
    "MATCH_anyEPC", "EQ_eventID",
)  # fmt: skip
PAGING = ("perPage", "nextPageToken")
OF_THE_HOUSE = ("locale",)
"""Parameters that every address here takes."""

_WORDS = {
    "EQ_bizStep": ("https://ref.gs1.org/cbv/BizStep-", "urn:epcglobal:cbv:bizstep:", "cbv:BizStep-"),
    "EQ_disposition": ("https://ref.gs1.org/cbv/Disp-", "urn:epcglobal:cbv:disp:", "cbv:Disp-"),
}
_PATTERN = "urn:epc:idpat:"
_ACTIONS = frozenset({"ADD", "OBSERVE", "DELETE"})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: from `since` on, before `before`, and of each list one of its values."""

    since: datetime | None
    before: datetime | None
    lists: Mapping[str, frozenset[str]]
    after: tuple[datetime, str] | None
    """(time, number) of the last event of the page before."""

    def matches(self, event: Event) -> bool:
        """Whether an event is asked for."""
        at = datetime.fromisoformat(event["eventTime"])
        if (self.since is not None and at < self.since) or (self.before is not None and at >= self.before):
            return False
        return all(not values.isdisjoint(_values(event, name)) for name, values in self.lists.items())


def question(given: Sequence[tuple[str, str]], token: str | None) -> Question:
    """The question that parameters make. Raises `Invalid`, which names each that is unknown or wrong."""
    errors = [_unknown(name) for name in dict.fromkeys(name for name, _ in given) if not _known(name)]
    times: dict[str, datetime] = {}
    lists: dict[str, frozenset[str]] = {}
    for name in TIMES:
        for text in (value for key, value in given if key == name):
            at = _time(text)
            if at is None:
                message = N_("Give a time of ISO 8601 with its offset from UTC.")
                errors.append(FieldError(f"#/query/{name}", "no-time", message))
            else:
                times[name] = at
    for name in LISTS:
        values = [_word(name, value) for key, text in given if key == name for value in _split(text)]
        if len(values) > MOST_VALUES:
            message = N_("Name at most {most} values.")
            errors.append(FieldError(f"#/query/{name}", "too-many-values", message, {"most": MOST_VALUES}))
        elif name.startswith("MATCH_") and any(value.startswith(_PATTERN) for value in values):
            message = N_("Patterns are not understood here. Name things by their whole URIs.")
            errors.append(FieldError(f"#/query/{name}", "pattern", message))
        elif name == "EQ_action" and not _ACTIONS.issuperset(values):
            message = N_("An action is ADD, OBSERVE or DELETE.")
            errors.append(FieldError(f"#/query/{name}", "unknown-action", message))
        elif values:
            lists[name] = frozenset(values)
    after = None
    if token:
        try:
            at, event_id = read_cursor(token, (datetime, str))
            after = (at, event_id)
        except Invalid as refused:
            errors += [FieldError("#/query/nextPageToken", one.code, one.message) for one in refused.errors]
    if errors:
        raise Invalid(errors=errors)
    return Question(times.get("GE_eventTime"), times.get("LT_eventTime"), lists, after)


def answer(events: Sequence[Event], asked: Question, per_page: int) -> tuple[list[Event], str | None]:
    """One page of the events that match, and the token of the next one."""
    found = [one for one in events if asked.matches(one) and (asked.after is None or _key(one) > asked.after)]
    page = found[:per_page]
    return page, cursor_of(_key(page[-1])) if len(found) > per_page else None


def _key(event: Event) -> tuple[datetime, str]:
    return datetime.fromisoformat(event["eventTime"]), event["eventID"]


def _known(name: str) -> bool:
    return name in TIMES or name in LISTS or name in PAGING or name in OF_THE_HOUSE


def _unknown(name: str) -> FieldError:
    message = N_("This query knows no such parameter. It knows: {known}.")
    known = ", ".join((*TIMES, *LISTS, *PAGING))
    return FieldError(f"#/query/{name[:60]}", "unknown-parameter", message, {"known": known})


def _time(text: str) -> datetime | None:
    """A moment; a plus that was not percent-encoded arrives as a space."""
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        return None
    return at if at.tzinfo is not None and 1970 <= at.year <= 9000 else None


def _split(text: str) -> Iterator[str]:
    yield from (part for part in (part.strip() for part in text.replace("|", ",").split(",")) if part)


def _word(name: str, value: str) -> str:
    return next((value.removeprefix(start) for start in _WORDS.get(name, ()) if value.startswith(start)), value)


def _values(event: Event, name: str) -> set[str]:
    """What an event has of what a parameter looks at."""
    match name:
        case "EQ_readPoint" | "EQ_bizLocation":
            place = event.get(name.removeprefix("EQ_"))
            return {place["id"]} if place else set()
        case "MATCH_epc":
            return {*event.get("epcList", ()), *event.get("childEPCs", ())}
        case "MATCH_parentID":
            return {event["parentID"]} if "parentID" in event else set()
        case "MATCH_anyEPC":
            return _values(event, "MATCH_epc") | _values(event, "MATCH_parentID")
        case "eventType":
            return {event["type"]}
    return {event[name.removeprefix("EQ_")]}
