"""Registration, the directory, one's own organization, verification."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.kit.audit import AuditEntry
from app.kit.db.engine import Role
from app.kit.db.tenancy import act_for
from app.parties import facade
from app.parties.models import Credential, Organization, Person, RefreshToken, SignIn
from app.parties.schemas.organizations import RegistrationIn
from app.parties.usecases.register_organization import Registered, slug
from tests.market import Market
from tests.rooms.parties.people import PASSWORD, registered, registration, signed_in, token


async def organizations(market: Market) -> int:
    async with market.db.transaction(Role.AUDITOR) as session:
        return (await session.scalars(select(func.count()).select_from(Organization))).one()


async def test_registration_answers_what_was_stored(market: Market) -> None:
    form, answer = await registered(market, roles=["supplier", "logistics"])
    organization = answer["organization"]
    assert organization["code"].startswith("ningbo-mould-making-")
    assert organization["verified_at"] is None and organization["listed"]
    assert organization["registration_numbers"][0]["number"] == "91110000600037341L"
    assert [role["code"] for role in organization["roles"]] == ["logistics", "supplier"]
    same_name = registration(legal_name_latin=form["organization"]["legal_name_latin"])
    second = await market.nobody.post("/v1/organizations", json=same_name)
    assert second.status_code == 201
    assert second.json()["organization"]["code"].startswith(organization["code"] + "-")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"roles": ["operator"]}, "/organization/roles/0"),
        ({"roles": []}, "/organization/roles"),
        ({"country": "XX"}, "/organization/country"),
        ({"legal_name_latin": "模具"}, "/organization/legal_name_latin"),
        (
            {"registration_numbers": [{"kind": "uscc", "number": "91110000600037341X"}]},
            "/organization/registration_numbers/0/number",
        ),
        (
            {"registration_numbers": [{"kind": "nonsense", "number": "1"}]},
            "/organization/registration_numbers/0/number",
        ),
        ({"verified_at": "2027-01-01T00:00:00Z"}, "/organization/verified_at"),
    ],
)
async def test_registration_names_what_is_wrong(market: Market, change: dict[str, object], pointer: str) -> None:
    answer = await market.nobody.post("/v1/organizations", json=registration(**change))
    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert await organizations(market) == 0


async def test_an_address_is_registered_once(market: Market) -> None:
    form, _ = await registered(market)
    again = registration()
    again["owner"]["email"] = form["owner"]["email"].upper()
    answer = await market.nobody.post("/v1/organizations", json=again)
    assert answer.status_code == 409 and answer.json()["code"] == "email-in-use"
    assert await organizations(market) == 1


async def test_registrations_from_one_address_are_limited(market: Market) -> None:
    statuses = []
    for _ in range(22):
        statuses.append((await market.nobody.post("/v1/organizations", json=registration())).status_code)
    assert set(statuses[:20]) == {201} and statuses[-1] == 429


async def test_nobody_sees_listed_suppliers_only(market: Market) -> None:
    supplier = await market.firm("supplier", country="ES")
    hidden = await market.firm("supplier", listed=False)
    buyer = await market.people("buyer")
    listed = (await market.nobody.get("/v1/organizations")).json()["items"]
    assert [item["id"] for item in listed] == [str(supplier.id)]
    assert "address" not in listed[0]
    for country, count in [("ES", 1), ("DE", 0)]:
        assert len((await market.nobody.get(f"/v1/organizations?country={country}")).json()["items"]) == count
    assert (await market.nobody.get(f"/v1/organizations/{supplier.id}")).status_code == 200
    assert (await market.nobody.get(f"/v1/organizations/{hidden.id}")).status_code == 404
    assert (await buyer.get(f"/v1/organizations/{hidden.id}")).status_code == 200
    bad = await market.nobody.get(f"/v1/organizations/{supplier.id}", headers={"Authorization": "Bearer x"})
    assert bad.status_code == 401


async def test_one_edits_only_his_own_and_with_permission(market: Market) -> None:
    owner = await market.people("supplier")
    viewer = await market.member(owner.firm, "viewer")
    read = await owner.get("/v1/organization")
    tag = {"If-Match": read.headers["etag"]}
    assert (await market.nobody.patch("/v1/organization", json={"city": "Iserlohn"})).status_code == 401
    assert (await viewer.patch("/v1/organization", json={"city": "Iserlohn"}, headers=tag)).status_code == 403
    assert (await owner.patch("/v1/organization", json={"city": "Iserlohn"})).status_code == 428
    done = await owner.patch("/v1/organization", json={"city": "Iserlohn"}, headers=tag)
    assert done.status_code == 200 and done.json()["city"] == "Iserlohn"
    assert done.json()["verified_at"] is not None
    assert (await owner.patch("/v1/organization", json={"city": "X"}, headers=tag)).status_code == 412
    assert (await viewer.get("/v1/organization")).json()["city"] == "Iserlohn"


async def test_the_log_says_which_address_and_numbers_were_replaced(market: Market) -> None:
    owner = await signed_in(market)
    change = {
        "address": {"street": "2 Mould Road", "phone": "+86 574 1234567"},
        "registration_numbers": [{"kind": "lei", "number": "213800KUD8LAJWSQ9D15"}],
    }
    done = await owner.patch("/v1/organization", json=change, headers={"If-Match": "*"})
    assert done.status_code == 200, done.text
    query = {"action": "organization.edit"}
    [entry] = (await owner.get("/v1/audit-entries", params=query)).json()["items"]
    before, after = entry["values"]["before"], entry["values"]["after"]
    assert (before["address"]["street"], after["address"]["street"]) == ("1 Mould Road", "2 Mould Road")
    assert (before["address"]["postal_code"], after["address"]["postal_code"]) == ("315000", None)
    assert before["registration_numbers"] == ["uscc 91110000600037341L"]
    assert after["registration_numbers"] == ["lei 213800KUD8LAJWSQ9D15"]


async def test_a_new_name_ends_the_verification(market: Market) -> None:
    owner = await market.people("supplier")
    done = await owner.patch("/v1/organization", json={"legal_name_local": "Andere GmbH"}, headers={"If-Match": "*"})
    assert done.status_code == 200 and done.json()["verified_at"] is None


async def test_the_operator_verifies_and_revokes(market: Market) -> None:
    operator = await market.people("operator")
    supplier = await signed_in(market)
    path = f"/v1/operator/organizations/{supplier.organization_id}"
    form = {"outcome": "verified", "note": "Register extract seen"}
    for caller, status in [(market.nobody, 401), (supplier, 403), (await market.people("buyer"), 403)]:
        assert (await caller.post(f"{path}/verification", json=form)).status_code == status
        assert (await caller.get(path)).status_code == status
        assert (await caller.get("/v1/operator/organizations")).status_code == status
    viewer = await market.member(operator.firm, "viewer")
    assert (await viewer.post(f"{path}/verification", json=form)).status_code == 403
    seen = (await operator.get(path)).json()
    assert seen["verified_at"] is None and seen["address"]["street"] == "1 Mould Road" and seen["decisions"] == []
    await registered(market)
    assert len((await operator.get(path)).json()["same_numbers"]) == 1
    given = await operator.post(f"{path}/verification", json=form)
    assert given.status_code == 200 and given.json()["verified_at"] is not None
    revoked = await operator.post(f"{path}/verification", json={"outcome": "revoked", "note": "Dissolved"})
    assert revoked.json()["verified_at"] is None
    assert [item["outcome"]["code"] for item in revoked.json()["decisions"]] == ["revoked", "verified"]
    assert (await operator.post("/v1/operator/organizations/" + "0" * 8 + "-0000-7000-8000-" + "0" * 12
                                + "/verification", json=form)).status_code == 404  # fmt: skip
    async with market.db.transaction(Role.AUDITOR) as session:
        actions = (await session.scalars(select(AuditEntry.action))).all()
    assert {"organization.register", "organization.verified", "organization.revoked"} <= set(actions)


async def test_the_database_refuses_a_badge_or_role_that_one_gives_oneself(market: Market) -> None:
    owner = await market.people("supplier", verified=False)
    for change in [{"verified_at": market.clock.now()}, {"roles": ["supplier", "operator"]}]:
        with pytest.raises(DBAPIError, match="only the operator"):
            async with market.db.transaction() as session:
                await act_for(session, owner.firm.id, person_id=owner.person_id)
                row = (await session.scalars(select(Organization).where(Organization.id == owner.firm.id))).one()
                for name, value in change.items():
                    setattr(row, name, value)


async def test_what_opens_doors_is_seen_by_its_owner_alone(market: Market) -> None:
    person, other = await signed_in(market), await signed_in(market)
    async with market.db.transaction() as session:
        await act_for(session, other.organization_id, person_id=other.person_id, operator=True)
        for table in (Credential, SignIn, RefreshToken):
            rows = (await session.scalars(select(table.person_id))).all()
            assert rows and {str(row) for row in rows} == {other.person_id}
    async with market.db.transaction() as session:
        await act_for(session, None)
        assert (await session.scalars(select(Person))).all() == []
    assert person.person_id != other.person_id


async def test_the_operator_is_founded_from_the_command_line_only(market: Market) -> None:
    form = RegistrationIn.model_validate(registration(roles=["buyer"]))
    async with market.db.transaction() as session:
        made = await facade.found_operator(session, market.settings, form, now=market.clock.now())
    assert isinstance(made, Registered) and made.organization.roles == ["buyer", "operator"]
    tokens = (await token(market, username=form.owner.email, password=PASSWORD)).json()
    answer = await market.nobody.get(
        "/v1/operator/organizations", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Müller Formenbau GmbH & Co. KG", "muller-formenbau-gmbh-co-kg"),
        ("Groß-Werkzeugbau", "gross-werkzeugbau"),
        ("***", "organization"),
        ("A" * 80, "a" * 48),
    ],
)
def test_codes_are_readable(name: str, code: str) -> None:
    assert slug(name) == code


async def test_rates_are_loaded_by_the_operator(market: Market) -> None:
    operator, buyer = await market.people("operator"), await market.people("buyer")
    rates = [{"base": "EUR", "quote": "USD", "on_date": "2026-01-05", "rate": "1.0843"}]
    form = {"source": "ECB", "rates": rates}
    assert (await market.nobody.post("/v1/reference/fx-rates", json=form)).status_code == 401
    assert (await buyer.post("/v1/reference/fx-rates", json=form)).status_code == 403
    assert (await market.nobody.get("/v1/reference/fx-rates")).json()["items"] == []
    assert (await operator.post("/v1/reference/fx-rates", json=form)).json() == {"stored": 1}
    rates.append({"base": "EUR", "quote": "USD", "on_date": "2026-01-06", "rate": "1.09"})
    rates[0]["rate"] = "1.0850"
    assert (await operator.post("/v1/reference/fx-rates", json=form)).status_code == 201
    first = await market.nobody.get("/v1/reference/fx-rates?limit=1")
    assert first.json()["items"][0]["on_date"] == "2026-01-06"
    rest = await market.nobody.get("/v1/reference/fx-rates", params={"cursor": first.json()["next_cursor"]})
    assert [float(item["rate"]) for item in rest.json()["items"]] == [1.085]
    same = {"source": "ECB", "rates": [{"base": "EUR", "quote": "EUR", "on_date": "2026-01-05", "rate": "1"}]}
    assert (await operator.post("/v1/reference/fx-rates", json=same)).status_code == 422
    future = {"source": "ECB", "rates": [rates[0] | {"on_date": "2999-01-01"}]}
    refused = await operator.post("/v1/reference/fx-rates", json=future)
    assert refused.json()["errors"][0]["pointer"] == "/rates/0/on_date"
