"""Notices: complete when written, in the reader's language when read, mailed to those who want it."""

from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gateways.mail import MailError, MailLoginRefused, MailRefused, OutgoingMail
from app.gateways.mail_sink import SinkMailServer
from app.kit.actor import Permission
from app.kit.db.engine import Role
from app.kit.db.tenancy import acting_for
from app.kit.ids import new_id
from app.kit.jobs import Runtime
from app.kit.locales import LOCALES
from app.messages.facade import NoticeParamsWrong, UnknownNotice, notify, register_notice
from app.messages.jobs import forget_mails
from app.messages.registry import NOTICES, Notice, stored_params
from app.messages.rendering import Letter, render_mail, render_notice
from app.messages.states import NoticeGroup
from app.messages.usecases.send_mail import send_mail
from app.wiring import load_background
from tests.market import Firm, Market
from tests.rooms.messages.lamp import hurry, leave_job_to_a_dead_worker
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]

register_notice(
    "test_lamp",
    subject="Lamp {name}: {price}",
    body="It shines until {ends_at}, first on {begins_on}.\n\nKind: {kind}, {count} pieces.",
    path="/lamps/{lamp_id}",
)
ENDS_AT = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)


def params(**overrides: Any) -> dict[str, Any]:
    given = {
        "name": "L-1",
        "price": {"minor": 1234500, "currency": "EUR"},
        "ends_at": ENDS_AT,
        "begins_on": ENDS_AT.date(),
        "kind": {"i18n": ["approval subject", "Award"]},
        "count": 1200,
        "lamp_id": UUID(int=5),
    }
    return given | overrides


async def tell(market: Market, firm: Firm, *people: UUID, dedupe: UUID | None = None, **options: Any) -> int:
    async with market.db.transaction(Role.WORKER) as session, acting_for(session, firm.id):
        return await notify(
            session,
            organization_id=firm.id,
            recipients=list(people) or None,
            permission=options.pop("permission", None),
            notice=options.pop("notice", "test_lamp"),
            params=options.pop("params", params()),
            entity=("lamp", UUID(int=5)),
            dedupe=dedupe or new_id(),
            **options,
        )


def shipped() -> list[Notice]:
    load_background()
    return [notice for notice in NOTICES.values() if not notice.code.startswith("test_")]


def sample(notice: Notice) -> dict[str, Any]:
    """Something for each placeholder of a notice."""
    samples: dict[str, Any] = {}
    for name in notice.placeholders:
        samples[name] = ENDS_AT.isoformat() if name.endswith("_at") else f"<{name}> & {name}"
        if name.endswith("_on"):
            samples[name] = ENDS_AT.date().isoformat()
    return samples


class Checker(HTMLParser):
    """Elements that must be closed, and what stands in `lang`, `dir` and links."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "hr", "br"):
            self.open.append(tag)
        for name, value in attrs:
            self.found.setdefault(name, []).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("locale", LOCALES)
def test_every_notice_can_be_written_in_every_language(locale: str) -> None:
    notices = shipped()
    assert len(notices) >= 9
    for notice in notices:
        rendered = render_notice(notice, sample(notice), locale, "Asia/Shanghai")
        letter = Letter("Erika <b>", "Formenbau & Söhne", "https://p.example/x?a=1&b=2", "https://p.example/p", False)
        text, html = render_mail(rendered, letter, locale)
        assert "\n" not in rendered.subject
        assert "{" not in rendered.subject + text
        assert letter.link in text
        assert "Formenbau & Söhne" in text
        checker = Checker()
        checker.feed(html)
        assert checker.open == []
        assert checker.found["lang"] == [locale]
        assert checker.found["dir"] == ["rtl" if locale == "ar" else "ltr"]
        assert letter.link in checker.found["href"]
        assert "<b>" not in html, "what people write is text, not markup"


def test_placeholders_and_parameters_must_agree() -> None:
    notice = NOTICES["test_lamp"]
    assert stored_params(notice, params())["ends_at"] == "2026-11-23T16:30:00+00:00"
    missing = params()
    del missing["price"]
    wrong: list[dict[str, Any]] = [
        missing,
        params(surplus=1),
        params(ends_at="2026-11-23T16:30:00"),
        params(ends_at="soon"),
        params(begins_on="tomorrow"),
        params(price={"minor": "1", "currency": "EUR"}),
        params(price={"amount": 1}),
        params(kind={"i18n": []}),
        params(count=True),
        params(name=None),
    ]
    for given_params in wrong:
        with pytest.raises(NoticeParamsWrong):
            stored_params(notice, given_params)


def test_a_notice_is_registered_once() -> None:
    with pytest.raises(RuntimeError):
        register_notice("test_lamp", subject="", body="", path="/")
    with pytest.raises(RuntimeError):
        register_notice("test_no_path", subject="", body="", path="lamps")


@given(st.text(max_size=60), st.sampled_from(LOCALES))
def test_whatever_people_write_stays_on_one_line(name: str, locale: str) -> None:
    rendered = render_notice(
        NOTICES["test_lamp"], stored_params(NOTICES["test_lamp"], params(name=name)), locale, "UTC"
    )
    assert len(rendered.subject.splitlines()) == 1


async def test_unknown_notices_and_nobody_to_tell_are_faults(market: Market) -> None:
    buyer = await market.people("buyer")
    with pytest.raises(UnknownNotice):
        await tell(market, buyer.firm, buyer.person_id, notice="no_such_notice")
    with pytest.raises(ValueError, match="recipients"):
        await tell(market, buyer.firm)


async def test_each_reads_in_his_language_and_time_zone(market: Market) -> None:
    firm = await market.firm("buyer")
    german = await market.member(firm, locale="de", time_zone="Europe/Berlin")
    japanese = await market.member(firm, locale="ja", time_zone="Asia/Tokyo")
    assert await tell(market, firm, german.person_id, japanese.person_id) == 2
    in_german = (await german.get("/v1/notifications")).json()
    [item] = in_german["items"]
    assert item["subject"] == "Lamp L-1: 12.345,00\u00a0€"
    assert "23.11.2026, 17:30:00" in item["body"]
    assert "1.200" in item["body"]
    assert item["path"] == f"/lamps/{UUID(int=5)}"
    assert (in_german["unread_count"], item["read_at"], item["entity"]) == (1, None, "lamp")
    [item] = (await japanese.get("/v1/notifications")).json()["items"]
    assert "2026/11/24 1:30:00" in item["body"]
    [item] = (await japanese.get("/v1/notifications?locale=en")).json()["items"]
    assert "€12,345.00" in item["subject"]


async def test_nobody_is_told_twice_of_one_event_and_the_actor_not_at_all(market: Market) -> None:
    firm = await market.firm("buyer")
    one, two = await market.member(firm, "purchaser"), await market.member(firm, "viewer")
    event = new_id()
    assert await tell(market, firm, permission=Permission.INQUIRE, dedupe=event) == 1
    assert await tell(market, firm, permission=Permission.READ, dedupe=event) == 1
    assert await tell(market, firm, permission=Permission.READ, exclude=[one.person_id]) == 1
    assert (await one.get("/v1/notifications")).json()["unread_count"] == 1
    assert (await two.get("/v1/notifications")).json()["unread_count"] == 2
    stranger = await market.people("buyer")
    assert await tell(market, firm, stranger.person_id) == 0


async def test_notifications_are_read_once_and_by_their_person_alone(market: Market) -> None:
    firm = await market.firm("buyer")
    mine, colleague = await market.member(firm), await market.member(firm)
    stranger = await market.people("buyer")
    for _ in range(3):
        await tell(market, firm, mine.person_id)
    items = (await mine.get("/v1/notifications")).json()["items"]
    path = f"/v1/notifications/{items[0]['id']}/read"
    assert (await market.nobody.post(path)).status_code == 401
    for other in (colleague, stranger):
        assert (await other.post(path)).status_code == 404
        assert (await other.post("/v1/notifications/read-all")).json() == {"read": 0}
    assert (await mine.get("/v1/notifications")).json()["unread_count"] == 3
    first = (await mine.post(path)).json()
    assert first["read_at"] is not None
    market.clock.offset += market.clock.offset.resolution * 10**6
    assert (await mine.post(path)).json()["read_at"] == first["read_at"]
    assert len((await mine.get("/v1/notifications?unread=true")).json()["items"]) == 2
    assert len((await mine.get("/v1/notifications?unread=false")).json()["items"]) == 1
    assert (await mine.post("/v1/notifications/read-all")).json() == {"read": 2}
    assert (await mine.get("/v1/notifications")).json()["unread_count"] == 0


async def test_the_list_takes_as_many_statements_for_twenty_as_for_one(market: Market) -> None:
    buyer = await market.people("buyer")
    await tell(market, buyer.firm, buyer.person_id)
    with count_statements(market.db) as one:
        await buyer.get("/v1/notifications")
    for _ in range(19):
        await tell(market, buyer.firm, buyer.person_id)
    with count_statements(market.db) as twenty:
        page = await buyer.get("/v1/notifications")
    assert len(page.json()["items"]) == 20
    assert len(one) == len(twenty)
    newest_first = [item["id"] for item in page.json()["items"]]
    assert newest_first == sorted(newest_first, reverse=True)


async def test_a_retired_notice_is_still_shown_somehow(market: Market, owner: Owner) -> None:
    buyer = await market.people("buyer")
    await tell(market, buyer.firm, buyer.person_id)
    owner.execute("UPDATE notifications SET notice = 'long_gone'")
    [item] = (await buyer.get("/v1/notifications")).json()["items"]
    assert (item["notice"], item["path"]) == ("long_gone", None)
    assert item["subject"]


async def test_mails_are_switched_off_by_group_and_never_for_security(market: Market, sink: SinkMailServer) -> None:
    buyer = await market.people("buyer")
    path = "/v1/notifications/preferences"
    shown = await buyer.get(path)
    assert {group["code"] for group in shown.json()["groups"]} == {group.value for group in NoticeGroup}
    assert all(group["mailed"] for group in shown.json()["groups"])
    etag = {"If-Match": shown.headers["etag"]}
    assert (await market.nobody.put(path, json={"muted_groups": []}, headers=etag)).status_code == 401
    assert (await buyer.put(path, json={"muted_groups": []})).status_code == 428
    refused = await buyer.put(path, json={"muted_groups": ["security"]}, headers=etag)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "always-mailed")
    changed = await buyer.put(path, json={"muted_groups": ["trade"]}, headers=etag)
    assert changed.status_code == 200
    assert (await buyer.put(path, json={"muted_groups": []}, headers=etag)).status_code == 412
    assert [group["code"] for group in changed.json()["groups"] if not group["mailed"]] == ["trade"]
    assert (await buyer.get(path)).headers["etag"] == changed.headers["etag"]
    await tell(market, buyer.firm, buyer.person_id)
    await market.work()
    assert sink.mails() == []
    assert (await buyer.get("/v1/notifications")).json()["unread_count"] == 1


async def test_a_mail_is_complete_and_in_the_readers_language(market: Market, sink: SinkMailServer) -> None:
    firm = await market.firm("buyer")
    reader = await market.member(firm, locale="ar", time_zone="Asia/Dubai")
    await tell(market, firm, reader.person_id)
    await market.work()
    [mail] = sink.mails(to=reader.email)
    assert mail.locale == "ar"
    assert mail.message_id.endswith("@partingline.example>")
    message = mail.parsed()
    assert message["List-Unsubscribe"] == "<http://testserver/notifications/preferences>"
    text, html = bodies(message)
    assert f"http://testserver/lamps/{UUID(int=5)}" in text
    assert 'dir="rtl"' in html
    assert 'lang="ar"' in html


def bodies(message: EmailMessage) -> tuple[str, str]:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and html is not None
    return plain.get_content(), html.get_content()


async def test_a_mail_is_tried_again_and_given_up_in_the_end(
    market: Market, sink: SinkMailServer, owner: Owner
) -> None:
    buyer = await market.people("buyer")
    port = sink.port
    sink.stop()
    await tell(market, buyer.firm, buyer.person_id)
    await market.work()
    assert mails(owner) == [("queued", 1, "mail_unavailable")]
    hurry(owner)
    await market.work()
    sink.port = port
    sink.start()
    hurry(owner)
    await market.work()
    assert mails(owner) == [("sent", 3, None)]
    assert len(sink.mails()) == 1
    sink.stop()
    await tell(market, buyer.firm, buyer.person_id)
    await market.work()
    while hurry(owner):
        await market.work()
    assert ("failed", 8, "mail_unavailable") in mails(owner)


def mails(owner: Owner) -> list[tuple[object, ...]]:
    return owner.execute("SELECT state, attempts, last_error FROM mails ORDER BY id").fetchall()


async def test_what_a_killed_sender_left_is_sent_again_under_the_same_message_id(
    market: Market, sink: SinkMailServer, owner: Owner
) -> None:
    buyer = await market.people("buyer")
    await tell(market, buyer.firm, buyer.person_id)
    # Killed after the relay had taken the mail and before that was written down.
    owner.execute("UPDATE mails SET state = 'sending', attempts = 1, message_id = '<' || id || '@partingline.example>'")
    leave_job_to_a_dead_worker(owner, "messages.send_mail")
    await market.work()
    [mail] = sink.mails()
    assert (mail.message_id,) == owner.execute("SELECT message_id FROM mails").fetchone()
    assert mails(owner) == [("sent", 2, None)]


async def test_a_mail_keeps_its_message_id_and_is_sent_once(market: Market, owner: Owner) -> None:
    buyer = await market.people("buyer")
    await tell(market, buyer.firm, buyer.person_id)
    await market.work()
    for change in ("message_id = '<other@partingline.example>'", "state = 'queued', sent_at = NULL"):
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(f"UPDATE mails SET {change}")


async def test_a_mail_switched_off_meanwhile_is_not_sent(market: Market, sink: SinkMailServer, owner: Owner) -> None:
    buyer = await market.people("buyer")
    await tell(market, buyer.firm, buyer.person_id)
    await buyer.put("/v1/notifications/preferences", json={"muted_groups": ["trade"]}, headers={"If-Match": "*"})
    await market.work()
    assert (sink.mails(), mails(owner)) == ([], [("suppressed", 0, None)])


async def test_a_mail_that_cannot_be_written_any_more_fails_alone(
    market: Market, sink: SinkMailServer, owner: Owner
) -> None:
    buyer = await market.people("buyer")
    await tell(market, buyer.firm, buyer.person_id)
    owner.execute("UPDATE mails SET notice = 'long_gone'")
    await market.work()
    assert mails(owner) == [("failed", 1, "mail_unwritable")]


async def test_mails_are_forgotten_after_a_while(market: Market, owner: Owner) -> None:
    buyer = await market.people("buyer")
    await tell(market, buyer.firm, buyer.person_id)
    await market.work()
    runtime = Runtime(market.settings, market.db, market.clock)
    await forget_mails(runtime)
    assert len(mails(owner)) == 1
    market.move_clock(days=91)
    await tell(market, buyer.firm, buyer.person_id)
    await forget_mails(runtime)
    assert mails(owner) == [("queued", 0, None)]
    assert owner.execute("SELECT count(*) FROM notifications").fetchone() == (2,)


class Refusing:
    """A relay that refuses everything for one reason."""

    def __init__(self, reason: MailError) -> None:
        self.reason = reason

    async def send(self, message: OutgoingMail) -> None:
        raise self.reason


@pytest.mark.parametrize(
    ("reason", "state"), [(MailRefused(status=550), "failed"), (MailLoginRefused(status=535), "queued")]
)
async def test_only_a_refusal_of_the_mail_itself_is_final(
    market: Market, owner: Owner, reason: MailError, state: str
) -> None:
    buyer = await market.people("buyer")
    await tell(market, buyer.firm, buyer.person_id)
    row = owner.execute("SELECT id FROM mails").fetchone()
    assert row is not None and isinstance(row[0], UUID)
    runtime = Runtime(market.settings, market.db, market.clock, {"mailer": Refusing(reason)})
    await send_mail(runtime, organization_id=buyer.firm.id, mail_id=row[0])
    assert mails(owner) == [(state, 1, reason.code)]
