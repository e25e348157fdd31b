"""The operator sends a failed mail again: the same mail, under the same Message-ID, and nothing else."""

from dataclasses import replace
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from app.gateways.mail_sink import SinkMailServer
from app.kit.actor import Actor, Permission
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.errors import Forbidden
from app.kit.ids import new_id
from app.messages.errors import MailNotFailed
from app.messages.facade import resend_for_operator
from tests.market import Market, Member
from tests.rooms.backoffice.browser import operating
from tests.rooms.messages.test_notices import mails, tell

Owner = psycopg.Connection[tuple[object, ...]]


async def _failed(market: Market, owner: Owner) -> tuple[Member, UUID, str]:
    """A mail that its relay took for broken: whose, its id, its Message-ID."""
    buyer = await market.people("buyer")
    await tell(market, buyer.firm, buyer.person_id)
    row = owner.execute(
        "UPDATE mails SET state = 'sending', attempts = 8, message_id = '<' || id || '@partingline.example>' "
        "RETURNING id, message_id"
    ).fetchone()
    assert row is not None and isinstance(row[0], UUID)
    owner.execute("UPDATE mails SET state = 'failed', last_error = 'mail_unavailable'")
    owner.execute("DELETE FROM procrastinate_jobs")
    return buyer, row[0], str(row[1])


async def test_a_failed_mail_is_sent_again_under_its_message_id(
    market: Market, sink: SinkMailServer, owner: Owner
) -> None:
    buyer, mail_id, message_id = await _failed(market, owner)
    async with operating(market) as (opened, operator):
        page = (await opened.get("/mails/list")).text
        assert page.count('data-sa-name="resend"') == 1
        answer = await opened.act("mails", "resend", mail_id, note="The relay is back.")
        assert answer.status_code == 200, answer.text
        assert "The mail waits to be sent again." in (await opened.get("/mails/list")).text
        assert mails(owner) == [("queued", 0, "mail_unavailable")]
        entries = owner.execute(
            "SELECT e.organization_id, e.actor, e.entity_id, v.values->'after' FROM audit_entries e "
            "JOIN audit_values v ON v.entry_id = e.id WHERE e.action = 'mail.resend' ORDER BY e.id"
        ).fetchall()
        actor = f"person:{operator.person_id}"
        assert entries == [
            (operator.firm.id, actor, mail_id, {"note": "The relay is back."}),
            (buyer.firm.id, actor, mail_id, {"state": "queued"}),
        ]
        assert (await opened.act("mails", "resend", mail_id, note="n")).status_code == 400
        await market.work()
        assert mails(owner) == [("sent", 1, None)]
        assert [mail.message_id for mail in sink.mails()] == [message_id]
        for pk in (mail_id, new_id(), "nonsense"):
            assert (await opened.act("mails", "resend", pk, note="n")).status_code == 400
        assert len(owner.execute("SELECT 1 FROM audit_entries WHERE action = 'mail.resend'").fetchall()) == 2


async def test_two_operators_send_it_once(market: Market, owner: Owner) -> None:
    """Both saw it failed; the second is told that it no longer is."""
    _, mail_id, _ = await _failed(market, owner)
    operator = await market.people("operator")
    async with market.db.transaction(Role.APP) as session:
        await act_for(session, operator.firm.id, person_id=operator.person_id, operator=True)
        actor = Actor(operator.firm.id, frozenset({Permission.OPERATE}), frozenset(), person_id=operator.person_id)
        await resend_for_operator(session, actor, mail_id, note="n")
        for missing in (mail_id, new_id()):
            with pytest.raises(MailNotFailed):
                await resend_for_operator(session, actor, missing, note="n")
        with pytest.raises(Forbidden):
            await resend_for_operator(session, replace(actor, permissions=frozenset()), mail_id, note="n")
    assert owner.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (1,)


async def test_who_has_left_gets_no_mail_of_the_organization_any_more(
    market: Market, sink: SinkMailServer, owner: Owner
) -> None:
    buyer, mail_id, _ = await _failed(market, owner)
    await market.member(buyer.firm)
    owner.execute("UPDATE memberships SET ended_at = now() WHERE person_id = %s", (buyer.person_id,))
    async with operating(market) as (opened, _):
        answer = await opened.act("mails", "resend", mail_id, note="The relay is back.")
        assert answer.status_code == 200, answer.text
    await market.work()
    assert (sink.mails(), mails(owner)) == ([], [("suppressed", 0, "mail_unavailable")])


async def test_nobody_else_sends_a_failed_mail_again(market: Market, owner: Owner) -> None:
    buyer, mail_id, _ = await _failed(market, owner)
    with pytest.raises(Exception, match="only the operator"):
        async with market.db.transaction(Role.APP) as session:
            await session.execute(text("SELECT app_resend_failed_mail(:id)"), {"id": mail_id})
    with pytest.raises(Exception, match="only the operator"):
        async with market.db.transaction(Role.WORKER) as session:
            await session.execute(
                text("SELECT set_config('app.organization_id', :id, true)"), {"id": str(buyer.firm.id)}
            )
            await session.execute(text("UPDATE mails SET state = 'queued' WHERE id = :id"), {"id": mail_id})
    assert mails(owner) == [("failed", 8, "mail_unavailable")]
