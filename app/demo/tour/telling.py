"""Everybody has been told, each in their own language: in the application and by mail."""

import os
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from pathlib import Path

from app.demo.tour.stage import (
    APPROVER,
    CHINESE,
    HAULIER,
    JAPANESE,
    LATECOMER,
    OCEAN_CARRIER,
    OUTSIDER,
    PATIENCE_S,
    POLL_S,
    PURCHASER,
    SPANISH,
    Stage,
)
from app.demo.tour.visitors import Answer, Visitor

EXPECTED = {
    PURCHASER: (
        *("quoted", "order_acknowledged", "evidence_submitted", "approval_granted"),
        *("sent_to_you", "shipment_moved", "shipment_hindered", "shipment_expected"),
        *(
            "milestone_due",
            "receivable_assigned",
            "milestone_refunded",
            "dispute_message",
            "dispute_proposal",
            "dispute_agreed",
        ),
    ),
    APPROVER: ("approval_requested", "arrival_announced"),
    CHINESE: (
        *("invited", "opened_to_supplier", "quote_chosen", "order_received", "milestone_accepted"),
        *("load_plan_done", "booking_accepted", "shipment_moved", "arrival_differs", "inspection_decided"),
        *("financing_quoted", "financing_funded", "financing_moved", "milestone_funded", "milestone_released"),
        *("dispute_opened",),
    ),
    OCEAN_CARRIER: ("booking_offered", "financing_offered", "financing_won", "financing_moved"),
    HAULIER: ("booking_offered",),
    SPANISH: (
        "invited",
        "opened_to_supplier",
        "quote_not_chosen",
        "order_received",
        "milestone_released",
        "payout_sent",
    ),
    OUTSIDER: ("order_acknowledged", "evidence_submitted", "milestone_due", "milestone_refunded", "invoice_issued"),
    JAPANESE: ("invited", "opened_to_supplier", "quote_not_chosen"),
    LATECOMER: ("invited", "opened_to_supplier"),
}
SHOWN = 5


def tell_all(stage: Stage) -> None:
    """Notifications, then the mails that went with them."""
    stage.narrator.step("Everybody has been told, each in their own language")
    told = {email: _notified(stage, stage.visitor(email)) for email in EXPECTED}
    stage.narrator.step("And by mail")
    _mailed(stage, told)


def _notified(stage: Stage, visitor: Visitor) -> list[Answer]:
    tell, wanted = stage.narrator, EXPECTED[visitor.role.email]
    stage.poll(
        lambda: {"items": _of_this_tour(stage, visitor)},
        lambda seen: set(wanted) <= {_code(item) for item in seen["items"]},
    )
    items = _of_this_tour(stage, visitor)
    tell.acts(visitor.role, f"has {len(items)} notifications of all this")
    for item in items[:SHOWN]:
        tell.says(item["subject"])
    missing = sorted(set(wanted) - {_code(item) for item in items})
    tell.check("nothing that concerns this reader is missing", not missing, ", ".join(missing))
    if visitor.role.locale == "en":
        return items
    in_english = {item["id"]: item["subject"] for item in _of_this_tour(stage, visitor, language="en")}
    foreign = [item["subject"] for item in items if item["subject"] == in_english.get(item["id"])]
    tell.check("in the reader's language", not foreign, "; ".join(foreign))
    return items


def _of_this_tour(stage: Stage, visitor: Visitor, language: str | None = None) -> list[Answer]:
    headers = {"Accept-Language": language} if language else {}
    page = visitor.get("/v1/notifications", params={"limit": 100}, headers=headers).json()
    since = stage.began_at - timedelta(seconds=1)
    recent = [item for item in page["items"] if datetime.fromisoformat(item["created_at"]) >= since]
    things = {stage.inquiry_id, stage.order_id, stage.approval_id, *stage.quote_ids.values(), *stage.things}
    return [item for item in recent if item["entity_id"] in things or stage.inquiry_id in str(item["path"])]


def _code(item: Answer) -> str:
    return str(item["notice"]).rpartition(".")[2]


def _mailed(stage: Stage, told: dict[str, list[Answer]]) -> None:
    if _folder() is None:
        stage.narrator.notes("The mails went to your own relay, so the tour cannot look at them.")
        return
    for email, items in told.items():
        subjects = {_plain(item["subject"]) for item in items}
        mails = _received(email, subjects, stage.began_at)
        found = {_subject(mail) for mail in mails}
        stage.narrator.acts(stage.visitor(email).role, f"has {len(mails)} mails")
        for subject in sorted(found)[:1]:
            stage.narrator.says(subject)
        missing = sorted(subjects - found)
        stage.narrator.check("each notification was mailed too", bool(mails) and not missing, "; ".join(missing))


def _folder() -> Path | None:
    """The mail sink's folder, when there is one."""
    folder = Path(os.environ.get("PARTINGLINE_DATA_DIR") or ".partingline") / "mail"
    return folder if folder.is_dir() else None


def missing_mails(stage: Stage, email: str, subjects: set[str]) -> list[str]:
    """Subjects of which no mail came to somebody; none where the mails went to another relay."""
    if _folder() is None:
        return []
    wanted = {_plain(subject) for subject in subjects}
    found = {_subject(mail) for mail in _received(email, wanted, stage.began_at)}
    return sorted(wanted - found)


def _received(email: str, subjects: set[str], since: datetime) -> list[EmailMessage]:
    """The mails of this tour to one person, once all are there or patience has run out."""
    folder = _folder()
    assert folder is not None
    deadline = time.monotonic() + PATIENCE_S
    while True:
        mails = [mail for mail in _since(folder, since) if email in str(mail["To"])]
        mails = [mail for mail in mails if _subject(mail) in subjects]
        if subjects <= {_subject(mail) for mail in mails} or time.monotonic() > deadline:
            return mails
        time.sleep(POLL_S)


def _since(folder: Path, since: datetime) -> list[EmailMessage]:
    found = []
    for path in sorted(folder.glob("*.eml")):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) >= since:
            found.append(_parsed(path))
    return found


@lru_cache(maxsize=2000)
def _parsed(path: Path) -> EmailMessage:
    """A mail as it came: what is in the folder does not change."""
    message = message_from_bytes(path.read_bytes(), policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def _subject(mail: EmailMessage) -> str:
    return _plain(str(mail["Subject"]))


def _plain(text: str) -> str:
    """Without the lines that mail breaks, and the blanks that sums are written with."""
    return " ".join(text.split())
