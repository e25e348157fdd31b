"""A supplier's page: what he writes, what everybody reads, and who may not."""

import typing
from pathlib import Path

import psycopg
import pytest
import yaml

from app.kit.locales import LOCALES
from app.parties import supplier_terms
from app.reference import facade as reference
from tests.market import Market, Member
from tests.rooms.documents import samples
from tests.rooms.documents.uploads import ready, send
from tests.rooms.parties.pages import PROFILE, certificate, certified, described
from tests.statements import count_statements

Connection = psycopg.Connection[typing.Any]


def page_of(seller: Member) -> str:
    return f"/v1/suppliers/{seller.firm.id}"


async def test_a_page_is_read_in_the_readers_language_and_units(market: Market) -> None:
    seller = await market.people("supplier")
    assert (await described(seller)).status_code == 200
    await certified(market, seller)
    german = await market.nobody.get(page_of(seller), headers={"Accept-Language": "de"})
    page = german.json()
    assert page["description"] == {
        "locale": "de", "text": "Spritzgießwerkzeuge bis 12 t.", "state": "human", "source_locale": "de",
    }  # fmt: skip
    assert [one["label"] for one in page["capabilities"]] == ["Spritzgießen", "Werkzeugkonstruktion", "Bemusterung"]
    assert [one["kind"] for one in page["capabilities"]] == ["process", "service", "service"]
    assert [one["label"] for one in page["languages"]] == ["Deutsch", "Englisch"]
    assert page["employees"]["code"] == "medium"
    assert page["limits"]["mould_mass"]["text"].startswith("12.000")
    assert page["limits"]["tolerance_group"] == "TG4"
    assert page["machines"][0]["kind"]["label"] == "Spritzgießmaschine"
    assert page["machines"][0]["figures"][0] == {
        "code": "clamp_force_kn", "name": "Schließkraft", "text": "13.000 kN", "value": "13000", "unit": "B47",
    }  # fmt: skip
    assert page["certifications"] == [{"code": "iso_9001", "label": "ISO 9001", "subject": "Qualitätsmanagement"}]
    assert page["certificates"][0]["number"] == "12 100 4711 TMS"
    assert page["response"] is None
    inch = (await market.nobody.get(page_of(seller), params={"units": "inch"})).json()
    assert inch["limits"]["mould_size"][0]["text"].endswith("in")
    assert inch["description"]["text"] == "Injection moulds up to 12 t."


async def test_a_page_has_an_etag_that_changes_with_it(market: Market) -> None:
    seller = await market.people("supplier")
    first = await market.nobody.get(page_of(seller))
    again = await market.nobody.get(page_of(seller), headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    await described(seller)
    changed = await market.nobody.get(page_of(seller), headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200 and changed.headers["ETag"] != first.headers["ETag"]


async def test_only_listed_suppliers_have_a_page(market: Market) -> None:
    buyer = await market.people("buyer")
    hidden = await market.people("supplier", listed=False)
    assert (await described(hidden)).status_code == 200
    for reader in (market.nobody, buyer):
        assert (await reader.get(page_of(hidden))).status_code == 404
        assert (await reader.get(page_of(buyer))).status_code == 404
    answer = await described(buyer)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-a-supplier")
    texts = f"/v1/texts/supplier_profile/{hidden.firm.id}"
    assert (await buyer.get(texts)).status_code in (404, 405) or (await buyer.get(texts)).json().get("items", []) == []


async def test_a_profile_is_written_over_the_version_that_was_read(market: Market) -> None:
    seller = await market.people("supplier")
    read = await seller.get("/v1/organization/profile")
    assert read.json()["version"] == 0
    headers = {"If-Match": read.headers["ETag"]}
    assert (await seller.put("/v1/organization/profile", json=PROFILE)).status_code == 428
    written = await seller.put("/v1/organization/profile", json=PROFILE, headers=headers)
    assert written.json()["version"] == 1 and written.json()["machines"][0]["figures"]["clamp_force_kn"] == "13000"
    late = await seller.put("/v1/organization/profile", json=PROFILE | {"founded_year": 1980}, headers=headers)
    assert late.status_code == 412
    assert (await market.nobody.get(page_of(seller))).json()["founded_year"] == 1974
    headers = {"If-Match": written.headers["ETag"]}
    second = await seller.put(
        "/v1/organization/profile", json={"source_locale": "de"} | {"texts": PROFILE["texts"]}, headers=headers
    )
    assert (second.json()["version"], second.json()["machines"], second.json()["founded_year"]) == (2, [], None)


async def test_a_translation_sent_unchanged_goes_stale_with_its_source(market: Market) -> None:
    seller = await market.people("supplier")
    await described(seller)
    answer = await described(seller, 1, texts={**PROFILE["texts"], "de": "Spritzgießwerkzeuge bis 15 t."})
    states = {locale: text["state"] for locale, text in answer.json()["texts"].items()}
    assert states == {"de": "human", "en": "stale"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"capabilities": ["injection", "alchemy"]}, "/capabilities/1"),
        ({"languages": ["qqq"]}, "/languages/0"),
        ({"tolerance_group": 10}, "/tolerance_group"),
        ({"texts": {"en": "Only English."}}, "/texts"),
        ({"machines": [{"kind": "time_machine", "make": "H", "model": "G"}]}, "/machines/0/kind"),
        (
            {"machines": [{"kind": "lathe", "make": "H", "model": "G", "figures": {"clamp_force_kn": "5"}}]},
            "/machines/0/figures/clamp_force_kn",
        ),
    ],
)
async def test_what_is_wrong_with_a_profile_is_named(market: Market, change: dict[str, object], pointer: str) -> None:
    seller = await market.people("supplier")
    answer = await described(seller, **change)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert (await seller.get("/v1/organization/profile")).json()["version"] == 0


async def test_who_may_not_write_writes_nothing(market: Market, owner: Connection) -> None:
    seller, stranger = await market.people("supplier"), await market.people("supplier")
    colleague = await market.member(seller.firm, "sales")
    held = await certified(market, seller)
    path = f"/v1/organization/certificates/{held['id']}"
    match = {"If-Match": "*"}
    document = await ready(market, stranger)
    for caller, status in ((market.nobody, 401), (stranger, 404), (colleague, 403)):
        assert (await caller.put(path, json=certificate(market, days=800), headers=match)).status_code == status
        assert (await caller.delete(path)).status_code == status
        file = await caller.put(f"{path}/file", json={"document_id": document}, headers=match)
        assert file.status_code == status
    for caller, status in ((market.nobody, 401), (colleague, 403)):
        assert (await caller.put("/v1/organization/profile", json=PROFILE, headers=match)).status_code == status
        assert (await caller.post("/v1/organization/certificates", json=certificate(market))).status_code == status
    assert (await seller.get(path)).json() == held
    counts = owner.execute(
        "SELECT (SELECT count(*) FROM supplier_profiles), (SELECT count(*) FROM supplier_certificates)"
    )
    assert counts.fetchone() == (0, 1)
    # The wall in the database, behind the one in the query.
    with pytest.raises(psycopg.errors.InsufficientPrivilege), owner.transaction():
        owner.execute("SET LOCAL row_security = on")
        owner.execute("SET LOCAL ROLE partingline_app")
        owner.execute("SELECT set_config('app.organization_id', %s, true)", (str(stranger.firm.id),))
        owner.execute(
            "INSERT INTO supplier_profiles (organization_id, source_locale) VALUES (%s, 'en')", (seller.firm.id,)
        )


async def test_a_certificates_file_is_open_to_everybody_until_it_is_removed(market: Market) -> None:
    seller = await market.people("supplier")
    held = await certified(market, seller)
    path = f"/v1/organization/certificates/{held['id']}"
    first, second = await ready(market, seller), await ready(market, seller, samples.pdf() + b"%", "renewed.pdf")
    for document in (first, second):
        answer = await seller.put(f"{path}/file", json={"document_id": document}, headers={"If-Match": "*"})
        assert answer.status_code == 204, answer.text
    url = (await market.nobody.get(page_of(seller))).json()["certificates"][0]["file_url"]
    assert url == f"/v1/media/{second}"
    assert (await market.nobody.get(url)).status_code == 200
    assert (await market.nobody.get(f"/v1/media/{first}")).status_code == 404
    stale = await seller.put(f"{path}/file", json={"document_id": first}, headers={"If-Match": '"1-en"'})
    assert stale.status_code == 412
    assert (await seller.delete(path)).status_code == 204
    await market.work()
    assert (await market.nobody.get(url)).status_code == 404
    assert (await market.nobody.get(page_of(seller))).json()["certificates"] == []


async def test_a_file_that_cannot_be_shown_is_refused(market: Market) -> None:
    seller, other = await market.people("supplier"), await market.people("supplier")
    held = await certified(market, seller)
    path = f"/v1/organization/certificates/{held['id']}/file"
    model = await send(seller, name="core.step")
    guarded = await ready(market, seller)
    await seller.put(f"/v1/documents/{guarded}/nda", json={"text": "Keep it."}, headers={"If-Match": "*"})
    for document, code in (
        (await ready(market, other), "unknown-document"),
        (model.json()["id"], "not-a-scan"),
        (guarded, "has-terms"),
    ):
        answer = await seller.put(path, json={"document_id": document}, headers={"If-Match": "*"})
        assert answer.status_code == 422
        assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [("/document_id", code)]
    assert (await seller.get(path.removesuffix("/file"))).json()["file_url"] is None


async def test_the_directory_is_searched_by_what_suppliers_can_do(market: Market) -> None:
    both = await market.people("supplier", country="DE")
    injection = await market.people("supplier", country="CN")
    await market.people("supplier", country="DE")
    await described(both, capabilities=["injection", "coating"])
    await described(injection, capabilities=["injection"])
    await certified(market, both)
    await certified(market, both, "iatf_16949")
    await certified(market, injection)
    await certified(market, injection, "iatf_16949", days=-3)

    async def found(**params: object) -> set[str]:
        answer = await market.nobody.get("/v1/suppliers", params=params)
        assert answer.status_code == 200, answer.text
        return {item["id"] for item in answer.json()["items"]}

    one, two = str(both.firm.id), str(injection.firm.id)
    assert await found(capability="injection") == {one, two}
    assert await found(capability=["injection", "coating"]) == {one}
    assert await found(certification="iso_9001") == {one, two}
    assert await found(certification=["iso_9001", "iatf_16949"]) == {one}
    assert await found(capability="injection", country="CN") == {two}
    assert len(await found()) == 3


async def test_a_page_takes_few_statements(market: Market) -> None:
    seller = await market.people("supplier")
    await described(seller)
    for number in range(5):
        await certified(market, seller, number=f"No. {number}")
    with count_statements(market.db) as seen:
        assert len((await market.nobody.get(page_of(seller))).json()["certificates"]) == 5
    assert len(seen) < 12


async def test_everything_written_is_audited(market: Market, owner: Connection) -> None:
    seller = await market.people("supplier")
    await described(seller)
    held = await certified(market, seller)
    path = f"/v1/organization/certificates/{held['id']}"
    assert (await seller.put(path, json=certificate(market, days=900), headers={"If-Match": "*"})).status_code == 200
    await seller.delete(path)
    rows = owner.execute(
        "SELECT action FROM audit_entries WHERE organization_id = %s ORDER BY id", (seller.firm.id,)
    ).fetchall()
    actions = [row[0] for row in rows]
    translated, *own = actions
    assert translated == "text.translate"
    assert own == ["supplier_profile.edit", "certificate.add", "certificate.edit", "certificate.remove"]


def test_processes_are_those_of_the_mould_dictionary() -> None:
    """Rooms below do not read the data of rooms above, so the names stand twice; they agree."""
    source = Path("app/procurement/data/mould_dictionary.yaml").read_text(encoding="utf-8")
    groups = yaml.load(source, Loader=yaml.CSafeLoader)["groups"]
    fields = {field["code"]: field for group in groups for field in group["fields"]}
    wanted = {value["code"]: value["names"] for value in fields["process"]["values"]}
    own = {one.code: dict(one.names) for one in supplier_terms.capabilities().values() if one.kind == "process"}
    assert own == wanted and len(own) > 10


def test_terms_are_named_in_every_language_and_measured_in_known_units() -> None:
    terms = [
        *supplier_terms.capabilities().values(),
        *supplier_terms.figures().values(),
        *supplier_terms.machine_kinds().values(),
        *supplier_terms.schemes().values(),
    ]
    assert len(terms) > 80
    assert [one.code for one in terms if set(one.names) != set(LOCALES)] == []
    assert all(reference.is_known_unit(figure.unit) for figure in supplier_terms.figures().values())
    figures = set(supplier_terms.figures())
    assert all(set(kind.figures) <= figures for kind in supplier_terms.machine_kinds().values())
