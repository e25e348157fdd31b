"""Who may open a file, under which terms, which bytes of it, and that every opening is written down first."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from app.documents import facade
from app.documents.errors import DocumentRefused
from app.documents.models import DocumentGrant
from app.kit.actor import Actor, Permission
from app.kit.db.tenancy import act_for
from app.kit.errors import Invalid
from app.kit.ids import new_id
from tests.market import Market, Member
from tests.rooms.documents import samples
from tests.rooms.documents.test_inspection import EICAR
from tests.rooms.documents.uploads import ready, send
from tests.statements import count_statements

Connection = psycopg.Connection[tuple[Any, ...]]


def acting(member: Member) -> Actor:
    return Actor(member.firm.id, frozenset(Permission), frozenset(member.firm.roles), person_id=member.person_id)


async def attach(market: Market, owner: Member, ids: list[str], entity: tuple[str, UUID], *readers: Member) -> None:
    async with market.db.transaction() as session:
        await act_for(session, owner.firm.id)
        reader_ids = [reader.firm.id for reader in readers]
        await facade.attach(session, acting(owner), [UUID(i) for i in ids], entity=entity, reader_ids=reader_ids)


def log_of(owner: Connection) -> list[tuple[Any, ...]]:
    return owner.execute("SELECT outcome, reason, first_byte, last_byte FROM document_downloads ORDER BY id").fetchall()


async def test_the_owner_gets_the_bytes_as_a_harmless_attachment(market: Market, owner: Connection) -> None:
    member = await market.people("buyer")
    name = "模具 “Kern”.pdf"
    document_id = await ready(market, member, samples.pdf(), name)
    answer = await member.get(f"/v1/documents/{document_id}/content")
    assert (answer.status_code, answer.content) == (200, samples.pdf())
    headers = answer.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"].startswith('attachment; filename="')
    assert headers["content-disposition"].endswith(f"filename*=UTF-8''{quote(name, safe='')}")
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["content-length"] == str(len(samples.pdf()))
    assert headers["cache-control"] == "private, no-cache"
    assert log_of(owner) == [("served", None, None, None)]
    known = await member.get(f"/v1/documents/{document_id}/content", headers={"If-None-Match": headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    head = await member.request("HEAD", f"/v1/documents/{document_id}/content")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", headers["etag"])
    assert len(log_of(owner)) == 1


async def test_ranges(market: Market, owner: Connection) -> None:
    member = await market.people("buyer")
    content = samples.pdf()
    path = f"/v1/documents/{await ready(market, member, content)}/content"
    for asked, part in (("bytes=5-9", content[5:10]), ("bytes=-4", content[-4:]), ("bytes=10-", content[10:])):
        answer = await member.get(path, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{len(content)}")
        assert answer.headers["content-length"] == str(len(part))
    answer = await member.get(path, headers={"Range": f"bytes={len(content)}-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(content)}")
    stale = await member.get(path, headers={"Range": "bytes=0-1", "If-Range": '"another"'})
    assert (stale.status_code, stale.content) == (200, content)
    assert [row[2:] for row in log_of(owner)] == [
        (5, 9), (len(content) - 4, len(content) - 1), (10, len(content) - 1), (None, None),
    ]  # fmt: skip


async def test_a_file_is_not_handed_out_before_its_checks(market: Market) -> None:
    member = await market.people("buyer")
    document_id = (await send(member)).json()["id"]
    answer = await member.get(f"/v1/documents/{document_id}/content")
    assert (answer.status_code, answer.json()["code"]) == (409, "document-pending")
    assert answer.headers["retry-after"] == "3"


async def test_another_organization_sees_nothing_until_it_is_given_the_file(market: Market, owner: Connection) -> None:
    buyer, supplier, other = (
        await market.people("buyer"),
        await market.people("supplier"),
        await market.people("supplier"),
    )
    document_id = await ready(market, buyer)
    path, content = f"/v1/documents/{document_id}", f"/v1/documents/{document_id}/content"
    entity = ("inquiry", new_id())
    await attach(market, buyer, [document_id], entity, supplier)
    assert (await supplier.get(content)).status_code == 200
    assert (await supplier.get(path)).json()["own"] is False
    assert (await market.nobody.get(content)).status_code == 401
    for method, address in (
        ("GET", path),
        ("GET", content),
        ("HEAD", content),
        ("DELETE", path),
        ("GET", f"{path}/nda"),
        ("GET", f"{path}/downloads"),
        ("GET", f"{path}/nda-acceptances"),
    ):
        assert (await other.request(method, address)).status_code == 404, (method, address)
    put = await other.put(f"{path}/nda", json={"text": "mine"}, headers={"If-Match": "*"})
    post = await other.post(f"{path}/nda-acceptance", json={"sha256": "0" * 64})
    assert (put.status_code, post.status_code) == (404, 404)
    for method, address in (("DELETE", path), ("GET", f"{path}/downloads"), ("GET", f"{path}/nda-acceptances")):
        assert (await supplier.request(method, address)).status_code == 404, (method, address)
    denied = owner.execute(
        "SELECT organization_id FROM audit_entries WHERE action = 'document.download_denied'"
    ).fetchall()
    assert denied == [(other.firm.id,), (other.firm.id,)]
    assert (await other.get("/v1/documents")).json()["items"] == []


async def test_a_reader_must_accept_the_terms_in_force(market: Market, owner: Connection) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    viewer = await market.member(supplier.firm, "viewer")
    document_id = await ready(market, buyer)
    path = f"/v1/documents/{document_id}"
    await attach(market, buyer, [document_id], ("inquiry", new_id()), supplier)
    assert (await buyer.put(f"{path}/nda", json={"text": "Keep it secret."})).status_code == 428
    etag = (await buyer.get(path)).headers["etag"]
    assert (await buyer.put(f"{path}/nda", json={"text": "Keep it."}, headers={"If-Match": etag})).status_code == 200
    again = await buyer.put(f"{path}/nda", json={"text": "Keep it."}, headers={"If-Match": etag})
    assert again.status_code == 412
    refused = await supplier.get(f"{path}/content")
    assert (refused.status_code, refused.json()["code"]) == (403, "nda-required")
    assert (await buyer.get(f"{path}/content")).status_code == 200
    terms = (await supplier.get(f"{path}/nda")).json()
    assert (terms["text"], terms["accepted"]) == ("Keep it.", False)
    wrong = await supplier.post(f"{path}/nda-acceptance", json={"sha256": "0" * 64})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "nda-changed")
    denied = await viewer.post(f"{path}/nda-acceptance", json={"sha256": terms["sha256"]})
    assert denied.status_code == 403
    assert owner.execute("SELECT count(*) FROM document_nda_acceptances").fetchone() == (0,)
    for _ in range(2):
        accepted = await supplier.post(f"{path}/nda-acceptance", json={"sha256": terms["sha256"]})
        assert (accepted.status_code, accepted.json()["accepted"]) == (201, True)
    assert (await supplier.get(f"{path}/content")).status_code == 200
    listed = (await buyer.get(f"{path}/nda-acceptances")).json()["items"]
    assert [item["organization_id"] for item in listed] == [str(supplier.firm.id)]
    etag = (await buyer.get(path)).headers["etag"]
    await buyer.put(f"{path}/nda", json={"text": "Keep it for ten years."}, headers={"If-Match": etag})
    assert (await supplier.get(f"{path}/content")).json()["code"] == "nda-required"
    etag = (await buyer.get(path)).headers["etag"]
    await buyer.put(f"{path}/nda", json={"text": None}, headers={"If-Match": etag})
    assert (await supplier.get(f"{path}/content")).status_code == 200
    none = await supplier.post(f"{path}/nda-acceptance", json={"sha256": terms["sha256"]})
    assert none.json()["code"] == "no-nda"
    shown = (await buyer.get(f"{path}/downloads")).json()["items"]
    assert [item["reason"] for item in reversed(shown)] == ["nda-required", None, None, "nda-required", None]


@pytest.mark.parametrize("broken", ["document_downloads", "audit_entries"])
async def test_without_its_log_entry_no_byte_leaves(market: Market, owner: Connection, broken: str) -> None:
    member = await market.people("buyer")
    document_id = await ready(market, member)
    path = (
        f"/v1/documents/{document_id}/content"
        if broken == "document_downloads"
        else f"/v1/documents/{new_id()}/content"
    )
    opened: list[str] = []
    files = market.app.state.gateways["files"]
    original = files.open

    async def watched(key: str, part: Any = None) -> Any:
        opened.append(key)
        return await original(key, part)

    files.open = watched
    owner.execute(f"CREATE TRIGGER fails BEFORE INSERT ON {broken} FOR EACH ROW EXECUTE FUNCTION app_refuse_change()")
    answer = await member.get(path)
    assert answer.status_code == 500
    assert b"%PDF" not in answer.content
    assert opened == []


async def test_a_lost_file_is_an_honest_refusal(market: Market) -> None:
    member = await market.people("buyer")
    document_id = await ready(market, member)
    sha256 = (await member.get(f"/v1/documents/{document_id}")).json()["sha256"]
    await market.app.state.gateways["files"].delete(sha256)
    assert (await member.get(f"/v1/documents/{document_id}/content")).status_code == 503


async def test_attaching_sharing_and_deleting(market: Market) -> None:
    buyer, supplier, late = (
        await market.people("buyer"),
        await market.people("supplier"),
        await market.people("supplier"),
    )
    first, second = await ready(market, buyer), await ready(market, buyer, samples.png(), "part.png")
    theirs = await ready(market, supplier, samples.step(), "core.step")
    entity = ("inquiry", new_id())
    await attach(market, buyer, [second, first], entity, supplier)
    await attach(market, supplier, [theirs], entity, buyer)

    async def seen(member: Member) -> set[str]:
        async with market.db.transaction() as session:
            await act_for(session, member.firm.id)
            return {str(ref.id) for ref in (await facade.attached(session, [entity]))[entity]}

    assert await seen(buyer) == await seen(supplier) == {first, second, theirs}
    async with market.db.transaction() as session:
        await act_for(session, buyer.firm.id)
        await facade.share(session, entity, [late.firm.id])
        mine = [str(ref.id) for ref in (await facade.attached(session, [entity]))[entity] if str(ref.id) != theirs]
    assert mine == [second, first]
    assert await seen(late) == {first, second}
    assert (await late.get(f"/v1/documents/{theirs}/content")).status_code == 404
    refused = await buyer.delete(f"/v1/documents/{first}")
    assert (refused.status_code, refused.json()["code"]) == (409, "document-attached")
    free = await ready(market, buyer, samples.stl_text(), "core.stl")
    viewer = await market.member(buyer.firm, "viewer")
    assert (await market.nobody.delete(f"/v1/documents/{free}")).status_code == 401
    assert (await viewer.delete(f"/v1/documents/{free}")).status_code == 403
    assert (await buyer.get(f"/v1/documents/{free}")).status_code == 200
    assert (await buyer.delete(f"/v1/documents/{free}")).status_code == 204
    assert (await buyer.get(f"/v1/documents/{free}")).status_code == 404


async def test_only_ones_own_sound_files_can_be_attached(market: Market, owner: Connection) -> None:
    buyer, supplier = await market.people("buyer"), await market.people("supplier")
    entity = ("quote", new_id())
    foreign = await ready(market, buyer)
    bad = await ready(market, supplier, b"x\n" + EICAR, "x.txt")
    with pytest.raises(Invalid) as unknown:
        await attach(market, supplier, [bad, foreign], entity)
    assert [(error.pointer, error.code) for error in unknown.value.errors] == [("/document_ids/1", "unknown-document")]
    with pytest.raises(DocumentRefused) as refused:
        await attach(market, supplier, [bad], entity)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/document_ids/0", "document-refused")]
    # Neither with a grant of one's own making: PostgreSQL refuses it twice.
    for owner_id in (supplier.firm.id, buyer.firm.id):
        with pytest.raises(DBAPIError, match=r"foreign key|row-level security"):
            async with market.db.transaction() as session:
                await act_for(session, supplier.firm.id)
                await session.execute(
                    insert(DocumentGrant).values(
                        document_id=UUID(foreign),
                        entity_kind="quote",
                        entity_id=entity[1],
                        reader_id=supplier.firm.id,
                        owner_id=owner_id,
                    )
                )
    assert owner.execute("SELECT count(*) FROM document_grants").fetchone() == (0,)


async def test_what_is_attached_to_many_things_is_one_statement(market: Market) -> None:
    buyer = await market.people("buyer")
    document_id = await ready(market, buyer)
    entities = [("order", new_id()) for _ in range(20)]
    for entity in entities:
        await attach(market, buyer, [document_id], entity)
    async with market.db.transaction() as session:
        await act_for(session, buyer.firm.id)
        with count_statements(market.db) as seen:
            found = await facade.attached(session, entities)
        assert len(seen) == 1
        assert all(len(found[entity]) == 1 for entity in entities)


async def test_a_check_cannot_be_undone_even_in_sql(market: Market, owner: Connection) -> None:
    member = await market.people("buyer")
    await ready(market, member, b"x\n" + EICAR, "x.txt")
    with pytest.raises(psycopg.errors.IntegrityError):
        owner.execute("UPDATE documents SET scan_state = 'clean', scan_reason = NULL")
    with pytest.raises(psycopg.errors.IntegrityError):
        owner.execute("UPDATE documents SET sha256 = repeat('0', 64), file_key = repeat('0', 64)")


async def test_lists_about_a_file_take_as_many_statements_for_twenty_as_for_one(
    market: Market, owner: Connection
) -> None:
    buyer = await market.people("buyer")
    document_id = await ready(market, buyer)
    counts: dict[str, list[int]] = {"downloads": [], "nda-acceptances": []}
    for many in (1, 19):
        for _ in range(many):
            keys = (new_id(), document_id, buyer.firm.id, (await market.firm("supplier")).id)
            owner.execute(
                "INSERT INTO document_downloads (id, document_id, owner_id, organization_id, actor, outcome) "
                "VALUES (%s, %s, %s, %s, 'person:x', 'served')",
                keys,
            )
            owner.execute(
                "INSERT INTO document_nda_acceptances (id, document_id, owner_id, organization_id, accepted_by, nda_sha256) "
                "VALUES (%s, %s, %s, %s, 'person:x', repeat('0', 64))",
                keys,
            )
        for name, taken in counts.items():
            with count_statements(market.db) as seen:
                answer = await buyer.get(f"/v1/documents/{document_id}/{name}?limit=100")
            taken.append(len(seen))
            assert len(answer.json()["items"]) == (1 if many == 1 else 20)
    assert all(one == twenty for one, twenty in counts.values())


async def test_a_published_drawing_is_everybodys_until_it_is_withdrawn(market: Market, owner: Connection) -> None:
    supplier, buyer = await market.people("supplier"), await market.people("buyer")
    picture = await ready(market, supplier, samples.pdf(), "part.pdf")
    bad = await ready(market, supplier, b"x\n" + EICAR[:20], "x.txt")
    entity = ("product", new_id())
    await attach(market, supplier, [picture], entity)
    await attach(market, supplier, [bad], ("product", new_id()))
    path = f"/v1/media/{picture}"
    assert (await market.nobody.get(path)).status_code == 404
    async with market.db.transaction() as session:
        await act_for(session, buyer.firm.id)
        await facade.publish(session, entity)
    assert (await market.nobody.get(path)).status_code == 404
    async with market.db.transaction() as session:
        await act_for(session, supplier.firm.id)
        await facade.publish(session, entity)
    answer = await market.nobody.get(path)
    assert (answer.status_code, answer.content) == (200, samples.pdf())
    assert answer.headers["cache-control"] == "public, max-age=3600"
    await attach(market, supplier, [picture], entity, buyer)
    for reader in (supplier.firm.id, buyer.firm.id, None):
        async with market.db.transaction() as session:
            await act_for(session, reader)
            assert [ref.url for ref in (await facade.attached(session, [entity]))[entity]] == [path]
    known = await market.nobody.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert (await buyer.get(f"/v1/documents/{picture}/content")).status_code == 200
    assert (await market.nobody.get(f"/v1/media/{bad}")).status_code == 404
    assert (await buyer.get(f"/v1/documents/{bad}")).status_code == 404
    owner.execute("UPDATE documents SET nda_text = 'x', nda_sha256 = repeat('0', 64) WHERE id = %s", (picture,))
    assert (await market.nobody.get(path)).status_code == 404
    owner.execute("UPDATE documents SET nda_text = NULL, nda_sha256 = NULL WHERE id = %s", (picture,))
    async with market.db.transaction() as session:
        await act_for(session, supplier.firm.id)
        await facade.publish(session, entity, published=False)
    assert (await market.nobody.get(path)).status_code == 404
    stranger = await market.people("buyer")
    assert (await stranger.get(f"/v1/documents/{picture}")).status_code == 404
