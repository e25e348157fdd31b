"""Invitations, roles, leaving, mailed links, API clients."""

import asyncio
from urllib.parse import urlparse
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.kit.actor import Permission
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.kit.outbox import OutboxEvent
from app.parties import facade
from app.parties.models import Invitation, Membership
from app.parties.rules import grantable_scopes, may_change_member, permissions_of, scope_permissions
from app.parties.states import MemberRole, OrganizationRole
from tests.market import Caller, Market
from tests.rooms.parties.people import PASSWORD, signed_in, token


def link_token(link: str) -> str:
    return urlparse(link).path.rpartition("/")[2]


async def invited(market: Market, owner: Caller, email: str, *roles: str) -> str:
    answer = await owner.post("/v1/invitations", json={"email": email, "roles": list(roles or ("viewer",))})
    assert answer.status_code == 201, answer.text
    return link_token(facade.invitation_link(market.settings, UUID(answer.json()["id"])))


async def test_an_invitation_makes_a_person_once(market: Market) -> None:
    owner = await market.people("buyer", locale="de")
    invitation = await invited(market, owner, "new@buyer.example", "purchaser")
    seen = await market.nobody.post("/v1/invitations/preview", json={"token": invitation})
    assert seen.json()["email"] == "new@buyer.example" and not seen.json()["has_account"]
    lacking = await market.nobody.post("/v1/invitations/acceptance", json={"token": invitation})
    assert [error["pointer"] for error in lacking.json()["errors"]] == ["/name", "/password"]
    form = {"token": invitation, "name": "Neu", "password": PASSWORD}
    answers = await asyncio.gather(*(market.nobody.post("/v1/invitations/acceptance", json=form) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 410, 410]
    tokens = (await token(market, username="new@buyer.example", password=PASSWORD)).json()
    me = (await market.nobody.get("/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})).json()
    assert me["email_confirmed"] and me["locale"] == "de" and "inquire" in me["permissions"]
    assert (await market.nobody.post("/v1/invitations/preview", json={"token": invitation})).status_code == 410


async def test_an_invitation_joins_an_existing_account_and_switching_works(market: Market) -> None:
    person = await signed_in(market)
    buyer = await market.people("buyer")
    invitation = await invited(market, buyer, person.email.upper(), "purchaser", "viewer")
    assert (await market.nobody.post("/v1/invitations/acceptance", json={"token": invitation})).status_code == 201
    switched = await person.post("/v1/auth/organization", json={"organization_id": str(buyer.firm.id)})
    assert switched.status_code == 200
    there = Caller(market.http, {"Authorization": f"Bearer {switched.json()['access_token']}"})
    me = (await there.get("/v1/me")).json()
    assert me["organization_id"] == str(buyer.firm.id) and len(me["memberships"]) == 2
    chosen = await token(market, username=person.email, password=PASSWORD, organization_id=str(buyer.firm.id))
    assert chosen.json()["organization_id"] == str(buyer.firm.id)
    stranger = await market.firm("buyer")
    other = await person.post("/v1/auth/organization", json={"organization_id": str(stranger.id)})
    assert other.status_code == 403 and other.json()["code"] == "no-membership"
    answer = await buyer.post("/v1/invitations", json={"email": person.email, "roles": ["viewer"]})
    assert answer.json()["code"] == "already-member"


async def test_invitations_expire_are_withdrawn_and_need_permission(market: Market) -> None:
    owner = await market.people("buyer")
    viewer, admin = await market.member(owner.firm, "viewer"), await market.member(owner.firm, "admin")
    other = await market.people("buyer")
    form = {"email": "x@buyer.example", "roles": ["viewer"]}
    assert (await market.nobody.post("/v1/invitations", json=form)).status_code == 401
    assert (await viewer.post("/v1/invitations", json=form)).status_code == 403
    assert (await admin.post("/v1/invitations", json=form | {"roles": ["owner"]})).json()["code"] == "owners-only"
    async with market.db.transaction(Role.AUDITOR) as session:
        assert (await session.scalars(select(Invitation))).all() == []
    first = await invited(market, admin, "x@buyer.example")
    assert (await admin.post("/v1/invitations", json=form)).json()["code"] == "already-invited"
    listed = (await admin.get("/v1/invitations")).json()["items"]
    path = f"/v1/invitations/{listed[0]['id']}"
    assert (await market.nobody.delete(path)).status_code == 401
    assert (await other.delete(path)).status_code == 404
    assert (await viewer.delete(path)).status_code == 403
    assert (await market.nobody.post("/v1/invitations/preview", json={"token": first})).status_code == 200
    assert (await admin.delete(path)).status_code == 204
    assert (await market.nobody.post("/v1/invitations/preview", json={"token": first})).status_code == 410
    second = await invited(market, admin, "x@buyer.example")
    market.move_clock(days=8)
    assert (await market.nobody.post("/v1/invitations/preview", json={"token": second})).status_code == 410
    assert (await market.nobody.post("/v1/invitations/preview", json={"token": "A" * 64})).status_code == 410


async def test_the_facade_tells_what_to_mail(market: Market) -> None:
    owner = await market.people("buyer", locale="ja")
    await invited(market, owner, "x@buyer.example")
    async with market.db.transaction(Role.WORKER) as session:
        data = (await session.scalars(select(OutboxEvent.data).where(OutboxEvent.type.like("%member_invited%")))).one()
        await act_for(session, owner.firm.id)
        found = await facade.invitation(session, UUID(data["invitation_id"]), now=market.clock.now())
    assert found is not None and found.open and found.email == "x@buyer.example" and found.locale == "ja"


async def test_roles_are_changed_by_those_who_may(market: Market) -> None:
    owner = await market.people("buyer")
    admin, viewer = await market.member(owner.firm, "admin"), await market.member(owner.firm, "viewer")
    other = await market.people("buyer")
    path = f"/v1/members/{viewer.person_id}"
    form = {"roles": ["purchaser", "approver"], "title": "Einkauf"}
    tag = {"If-Match": (await owner.get(path)).headers["etag"]}
    assert (await market.nobody.patch(path, json=form, headers=tag)).status_code == 401
    assert (await other.patch(path, json=form, headers=tag)).status_code == 404
    assert (await viewer.patch(path, json=form, headers=tag)).status_code == 403
    assert (await owner.patch(path, json=form)).status_code == 428
    done = await admin.patch(path, json=form, headers=tag)
    assert done.status_code == 200 and {role["code"] for role in done.json()["roles"]} == {"purchaser", "approver"}
    assert (await admin.patch(path, json=form, headers=tag)).status_code == 412
    anyway = {"If-Match": "*"}
    for caller, target, roles, code in [
        (admin, viewer, ["owner"], "owners-only"),
        (admin, admin, ["admin", "approver"], "owners-only"),
        (admin, owner, ["viewer"], "owners-only"),
        (owner, owner, ["viewer"], "last-owner"),
    ]:
        answer = await caller.patch(f"/v1/members/{target.person_id}", json={"roles": roles}, headers=anyway)
        assert answer.json()["code"] == code
    assert {item["name"] for item in (await viewer.get("/v1/members")).json()["items"]} == {"Erika Mustermann"}
    assert len((await other.get("/v1/members")).json()["items"]) == 1


async def test_an_ended_membership_ends_access_at_once(market: Market) -> None:
    owner = await market.people("buyer")
    viewer, purchaser = await market.member(owner.firm, "viewer"), await market.member(owner.firm, "purchaser")
    other = await market.people("buyer")
    path = f"/v1/members/{purchaser.person_id}"
    for caller, status in [(market.nobody, 401), (other, 404), (viewer, 403)]:
        assert (await caller.delete(path)).status_code == status
    assert (await purchaser.get("/v1/organization")).status_code == 200
    assert (await owner.delete(path)).status_code == 204
    assert (await purchaser.get("/v1/organization")).status_code == 401
    assert (await viewer.delete(f"/v1/members/{viewer.person_id}")).status_code == 204
    assert (await owner.delete(f"/v1/members/{owner.person_id}")).json()["code"] == "last-owner"


async def test_two_owners_who_leave_at_once_leave_one_behind(market: Market) -> None:
    one = await market.people("buyer")
    two = await market.member(one.firm, "owner")
    answers = await asyncio.gather(*(person.delete(f"/v1/members/{person.person_id}") for person in (one, two)))
    assert sorted(answer.status_code for answer in answers) == [204, 409]


async def test_the_database_keeps_an_owner(market: Market) -> None:
    owner = await market.people("buyer")
    with pytest.raises(DBAPIError, match="at least one owner"):
        async with market.db.transaction() as session:
            await act_for(session, owner.firm.id)
            await session.execute(update(Membership).values(roles=["viewer"]))


async def mailed(market: Market, kind: str, field: str) -> list[UUID]:
    async with market.db.transaction(Role.WORKER) as session:
        rows = await session.scalars(select(OutboxEvent).where(OutboxEvent.type == f"parties.{kind}.v1"))
        found = rows.all()
    assert all(row.organization_ids == [UUID(row.data["person_id"])] for row in found)
    return [UUID(row.data[field]) for row in found]


async def test_a_forgotten_password(market: Market) -> None:
    person = await signed_in(market)
    for email in (person.email, "nobody@nowhere.example"):
        answer = await market.nobody.post("/v1/auth/password-reset", json={"email": email})
        assert (answer.status_code, answer.content) == (202, b"")
    (reset_id,) = await mailed(market, "password_reset_requested", "reset_id")
    async with market.db.transaction(Role.WORKER) as session:
        reader = await facade.mailed_person(session, UUID(person.person_id))
    assert reader is not None and reader.email == person.email
    link = link_token(facade.password_reset_link(market.settings, reset_id))
    own = await market.nobody.put("/v1/auth/password-reset", json={"token": link, "new_password": person.email})
    assert own.status_code == 422
    form = {"token": link, "new_password": "an entirely new one"}
    assert (await market.nobody.put("/v1/auth/email-confirmation", json={"token": link})).status_code == 410
    assert (await market.nobody.put("/v1/auth/password-reset", json=form)).status_code == 204
    assert (await market.nobody.put("/v1/auth/password-reset", json=form)).status_code == 410
    assert (await person.get("/v1/me")).status_code == 401
    assert (await token(market, username=person.email, password="an entirely new one")).status_code == 200
    for _ in range(5):
        await market.nobody.post("/v1/auth/password-reset", json={"email": person.email})
    assert len(await mailed(market, "password_reset_requested", "reset_id")) == 3
    late = (await mailed(market, "password_reset_requested", "reset_id"))[-1]
    market.move_clock(hours=2)
    form["token"] = link_token(facade.password_reset_link(market.settings, late))
    assert (await market.nobody.put("/v1/auth/password-reset", json=form)).status_code == 410


async def test_an_address_is_confirmed(market: Market) -> None:
    person = await signed_in(market)
    assert (await person.post("/v1/me/email-confirmation")).status_code == 202
    first = (await mailed(market, "email_confirmation_requested", "confirmation_id"))[0]
    link = link_token(facade.email_confirmation_link(market.settings, first))
    assert (await market.nobody.put("/v1/auth/email-confirmation", json={"token": link})).status_code == 204
    assert (await person.get("/v1/me")).json()["email_confirmed"]


async def machine_token(market: Market, made: dict[str, str], secret: str, **fields: str) -> tuple[int, dict[str, str]]:
    form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": secret} | fields
    answer = await market.nobody.post("/v1/auth/token", data=form)
    return answer.status_code, answer.json()


async def test_a_machine_gets_in_with_its_scopes(market: Market) -> None:
    owner = await market.people("supplier")
    sales = await market.member(owner.firm, "sales")
    other = await market.people("supplier")
    form = {"name": "ERP", "scopes": ["read", "catalog:edit"]}
    assert (await market.nobody.post("/v1/api-clients", json=form)).status_code == 401
    assert (await sales.post("/v1/api-clients", json=form)).status_code == 403
    for scopes in (["approve"], ["operate"], ["members:manage"], ["inquire"]):
        refused = await owner.post("/v1/api-clients", json=form | {"scopes": scopes})
        assert refused.json()["errors"][0]["pointer"] == "/scopes/0"
    answer = await owner.post("/v1/api-clients", json=form)
    made, secret = answer.json()["client"], answer.json()["client_secret"]
    assert answer.status_code == 201 and answer.headers["cache-control"] == "no-store"
    status, tokens = await machine_token(market, made, secret)
    assert status == 200 and tokens["scope"] == "catalog:edit read" and "refresh_token" in tokens
    machine = Caller(market.http, {"Authorization": f"Bearer {tokens['access_token']}"})
    assert (await machine.get("/v1/organization")).status_code == 200
    assert (await machine.patch("/v1/organization", json={}, headers={"If-Match": "*"})).status_code == 403
    assert (await machine_token(market, made, secret, scope="quote"))[1]["error"] == "invalid_scope"
    assert (await machine_token(market, made, "pls_wrong"))[0] == 401
    path = f"/v1/api-clients/{made['id']}"
    for caller, status in [(market.nobody, 401), (other, 404), (sales, 403)]:
        assert (await caller.get(path)).status_code == status
        assert (await caller.delete(path)).status_code == status
        assert (await caller.post(f"{path}/secrets", json={})).status_code == status
    assert (await owner.get(path)).json()["last_used_at"] is not None
    assert (await owner.delete(path)).status_code == 204
    assert (await machine.get("/v1/organization")).status_code == 401
    assert (await machine_token(market, made, secret))[0] == 401
    assert (await owner.post(f"{path}/secrets", json={})).json()["code"] == "client-revoked"


async def test_secrets_overlap_while_they_are_changed(market: Market) -> None:
    owner = await market.people("supplier")
    answer = (await owner.post("/v1/api-clients", json={"name": "ERP", "scopes": ["read"]})).json()
    made, first = answer["client"], answer["client_secret"]
    path = f"/v1/api-clients/{made['id']}/secrets"
    assert (await owner.post(path, json={"overlap_hours": 169})).status_code == 422
    second = (await owner.post(path, json={"overlap_hours": 2})).json()["client_secret"]
    assert [(await machine_token(market, made, secret))[0] for secret in (first, second)] == [200, 200]
    third = (await owner.post(path, json={"overlap_hours": 24})).json()
    assert len(third["client"]["secrets"]) == 2
    secrets = (first, second, third["client_secret"])
    assert [(await machine_token(market, made, secret))[0] for secret in secrets] == [401, 200, 200]
    market.move_clock(hours=25)
    assert [(await machine_token(market, made, secret))[0] for secret in secrets] == [401, 401, 200]


async def test_no_secret_is_stored(market: Market) -> None:
    owner = await market.people("supplier")
    answer = await owner.post(
        "/v1/api-clients", json={"name": "ERP", "scopes": ["read"]}, headers={"Idempotency-Key": "once"}
    )
    secret = answer.json()["client_secret"]
    async with market.db.transaction() as session:
        await act_for(session, owner.firm.id)
        for table in ("idempotency_answers", "audit_values", "client_secrets", "outbox_events"):
            rows = (await session.execute(text(f"SELECT t::text FROM {table} t"))).scalars().all()
            assert not any(secret in row for row in rows)


roles = st.sets(st.sampled_from(MemberRole))
kinds = st.sets(st.sampled_from(OrganizationRole), min_size=1)


@given(roles, roles, kinds)
def test_more_roles_never_allow_less(some: set[MemberRole], more: set[MemberRole], of: set[OrganizationRole]) -> None:
    assert permissions_of(some, of) <= permissions_of(some | more, of)


@given(roles, kinds)
def test_what_roles_never_allow(held: set[MemberRole], of: set[OrganizationRole]) -> None:
    allowed = permissions_of(held, of)
    assert Permission.READ in allowed
    assert Permission.OPERATE not in allowed or OrganizationRole.OPERATOR in of
    assert Permission.QUOTE not in allowed or OrganizationRole.SUPPLIER in of
    assert Permission.AWARD not in allowed or OrganizationRole.BUYER in of
    assert Permission.APPROVE not in allowed or held & {MemberRole.OWNER, MemberRole.APPROVER}


@given(st.sets(st.sampled_from(Permission)), st.sets(st.sampled_from(Permission)), kinds)
def test_a_machine_never_holds_more_than_it_was_given(
    granted: set[Permission], asked: set[Permission], of: set[OrganizationRole]
) -> None:
    held = scope_permissions([p.value for p in granted], [p.value for p in asked] + ["nonsense"], of)
    assert held <= granted & asked & grantable_scopes(of)
    assert not held & {Permission.APPROVE, Permission.OPERATE, Permission.MEMBERS_MANAGE}


@given(roles, roles, roles, st.booleans())
def test_only_owners_touch_owners(
    own: set[MemberRole], before: set[MemberRole], after: set[MemberRole], is_self: bool
) -> None:
    allowed = may_change_member(own, before, after, is_self=is_self)
    if MemberRole.OWNER in own:
        assert allowed
    elif MemberRole.OWNER in before | after or is_self:
        assert not allowed
