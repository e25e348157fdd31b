"""What shipments consist of: told until they are picked up, added up by the database, labelled."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.db.engine import Role
from app.kit.verify import CHECKS
from app.logistics.papers import checks
from app.logistics.papers.labels import FNC1, PATTERNS, START_C, bars, gs1_128
from tests.market import Market
from tests.rooms.logistics.freight import package_form, packed, planned, second_leg, sent, shipment_form
from tests.rooms.warehousing.outgoing import closed, package, pallet, picked
from tests.rooms.warehousing.stock import made
from tests.statements import count_statements

Owner = psycopg.Connection[tuple[object, ...]]
SSCC = "340123450000000017"


async def verified(market: Market) -> list[str]:
    """What the check of packages finds broken."""
    assert checks
    async with market.db.transaction(Role.AUDITOR, readonly=True) as session:
        looked, broken = await CHECKS["packages of shipments"](session)
    assert looked > 0
    return broken


async def test_packages_are_told_until_something_is_picked_up(market: Market, owner: Owner) -> None:
    buyer = await market.people("buyer")
    one = await sent(market, consignee_id=str(buyer.firm.id), containers=["CSQU3054383"])
    path = f"{one.path}/packages"
    form = package_form(pieces=2, container="CSQU 305438 3", marks="FB 1-2", stackable=True)
    first = await packed(one, form, package_form(sscc="3 4012345 000000001 7"))
    assert first == {
        "lines": 2, "pieces": 3, "gross_mass_kg": "1237.500", "volume_m3": "1.440000", "version": first["version"]
    }  # fmt: skip
    assert (await one.read())["cargo"] == first
    # Who was only asked knows what it comes to, and nothing further.
    asked = await second_leg(one, accepted=False)
    assert (await one.read(asked))["cargo"] == first
    stranger = await market.people("logistics")
    for nobody in (asked, stranger):
        assert (await nobody.get(path)).status_code == 404
    for reader in (one.shipper, buyer, one.carrier):
        answer = await reader.get(path)
        listed = answer.json()["items"]
        assert [(line["line"], line["container"], line["sscc"]) for line in listed] == [
            (1, "CSQU3054383", None),
            (2, None, SSCC),
        ]
    assert (listed[0]["total_mass_kg"], listed[0]["volume_m3"]) == ("825.000", "0.960000")
    assert listed[0]["package_type"] == {"code": "7B", "label": "Wooden case"}
    for reader in (buyer, one.carrier):
        assert (await reader.put(path, json={"packages": []}, headers={"If-Match": "*"})).status_code == 404
    label = f"{path}/{listed[1]['id']}/label"
    assert (await one.carrier.get(label)).content.startswith(b"%PDF-1.4")
    assert (await stranger.get(label)).status_code == 404
    unnumbered = await one.carrier.get(f"{path}/{listed[0]['id']}/label")
    assert unnumbered.json()["code"] == "package-without-sscc"
    # A container that something is in stays.
    gone = await one.shipper.patch(one.path, json={"containers": []}, headers={"If-Match": "*"})
    assert (gone.status_code, gone.json()["code"]) == (409, "container-packed")
    with pytest.raises(psycopg.errors.CheckViolation, match="in this container"):
        owner.execute("UPDATE shipments SET containers = '{}'")
    assert await verified(market) == []

    read = (await one.shipper.get(path)).headers["ETag"]
    fewer = {"packages": [package_form()]}
    assert (await one.shipper.put(path, json=fewer)).status_code == 428
    changed = await one.shipper.put(path, json=fewer, headers={"If-Match": read})
    assert (changed.status_code, changed.json()["pieces"]) == (200, 1)
    assert (await one.shipper.put(path, json=fewer, headers={"If-Match": read})).status_code == 412

    now = market.clock.now()
    await one.tell(one.event("EQUIPMENT", "GTIN", now - timedelta(hours=1)))
    late = await one.shipper.put(path, json=fewer, headers={"If-Match": "*"})
    assert (late.status_code, late.json()["code"]) == (409, "packages-fixed")
    with pytest.raises(psycopg.errors.CheckViolation, match="picked up"):
        owner.execute("DELETE FROM shipment_packages")
    assert await verified(market) == []
    owner.execute("UPDATE shipment_cargo SET gross_mass_kg = gross_mass_kg + 1")
    assert len(await verified(market)) == 1


async def test_of_two_who_pack_at_once_one_comes_first(market: Market) -> None:
    one = await sent(market)
    path = f"{one.path}/packages"
    tag = (await one.shipper.get(path)).headers["ETag"]
    forms = [{"packages": [package_form()] * number} for number in (1, 2)]
    answers = await asyncio.gather(*(one.shipper.put(path, json=form, headers={"If-Match": tag}) for form in forms))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert await verified(market) == []
    assert (await one.shipper.put(path, json={"packages": []}, headers={"If-Match": "*"})).json()["lines"] == 0
    assert await verified(market) == []


async def test_what_a_warehouse_packed_is_taken_over(market: Market, owner: Owner) -> None:
    at, buyer, done, _ = await picked(market, tracking="none")
    # GS1 keeps prefixes that begin with 952 for examples.
    numbered = {"gs1_prefix": "9521234"}
    assert (await at.keeper.put("/v1/packing-settings", json=numbered, headers={"If-Match": "*"})).status_code == 200
    outer = await pallet(at, buyer, marks="EP 4711 / 1-1")
    inner, single = await package(at, done, "3", parent_id=outer["id"]), await package(at, done, "5")
    shipment = await made(at.keeper, "/v1/shipments", shipment_form(market, containers=["CSQU3054383"]))
    path = f"/v1/shipments/{shipment['id']}/packages"

    async def add(*packages: dict[str, Any], tag: str = "*", **goods: Any) -> Any:
        lines = [{"package_id": one["id"], "description": "Ejector pins", **goods} for one in packages]
        return await at.keeper.post(path, json={"packages": lines}, headers={"If-Match": tag})

    async def refused(*packages: dict[str, Any], **goods: Any) -> list[str]:
        answer = await add(*packages, **goods)
        assert answer.status_code == 422, answer.text
        return [f"{error['pointer']} {error['code']}" for error in answer.json()["errors"]]

    assert await refused(single) == ["/packages/0/package_id unknown-package"]
    for one in (inner, single, outer):
        await closed(at, one)
    tag = (await at.keeper.get(path)).headers["ETag"]
    first = await add(outer, tag=tag, container="CSQU 305438 3", stackable=True)
    assert (first.status_code, first.json()["pieces"]) == (200, 1)
    assert (await add(single, tag=tag)).status_code == 412
    assert await refused(inner) == ["/packages/0/package_id unknown-package"]
    assert await refused({"id": str(buyer.firm.id)}) == ["/packages/0/package_id unknown-package"]
    assert await refused(single, outer) == ["/packages/1/package_id package-listed"]
    assert await refused(single, single) == ["/packages/1/package_id package-listed"]
    assert await refused(single, dangerous=True, container="XXXX1234567") == [
        "/packages/0/dangerous dangerous-goods",
        "/packages/0/container unknown-container",
    ]
    assert (await add(single, tag=first.headers["ETag"])).json()["lines"] == 2
    listed = (await at.keeper.get(path)).json()["items"]
    for line, packing in zip(listed, (outer, single), strict=True):
        one = (await at.keeper.get(f"/v1/packages/{packing['id']}")).json()
        assert {name: line[name] for name in ("sscc", "length_mm", "width_mm", "height_mm", "marks")} == {
            name: one[name] for name in ("sscc", "length_mm", "width_mm", "height_mm", "marks")
        }
        assert (line["gross_mass_kg"], line["package_type"]) == (one["gross_kg"], one["type"])
    assert [(line["line"], line["container"], line["stackable"]) for line in listed] == [
        (1, "CSQU3054383", True), (2, None, False)
    ]  # fmt: skip
    # Nobody else's packages, though he may ship.
    stranger, theirs = await planned(market)
    lines = {"packages": [{"package_id": single["id"], "description": "Pins"}]}
    foreign = await stranger.post(f"/v1/shipments/{theirs['id']}/packages", json=lines, headers={"If-Match": "*"})
    assert (foreign.status_code, foreign.json()["errors"][0]["code"]) == (422, "unknown-package")
    assert (await stranger.post(path, json=lines, headers={"If-Match": "*"})).status_code == 404
    # What left goes on a list as well, and no list grows beyond its bound.
    sent_off = {"package_ids": [outer["id"], single["id"]]}
    await made(at.keeper, f"/v1/warehouses/{at.id}/dispatches", sent_off)
    full = [package_form()] * 499
    assert (await at.keeper.put(path, json={"packages": full}, headers={"If-Match": "*"})).status_code == 200
    assert await refused(outer, single) == ["/packages too-many-lines"]
    assert (await add(outer)).json()["lines"] == 500
    assert await verified(market) == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"gross_mass_kg": "-1"}, "/packages/0/gross_mass_kg"),
    ({"gross_mass_kg": "0"}, "/packages/0/gross_mass_kg"),
    ({"gross_mass_kg": "0.0001"}, "/packages/0/gross_mass_kg"),
    ({"length_mm": 0}, "/packages/0/length_mm"),
    ({"height_mm": 60_001}, "/packages/0/height_mm"),
    ({"pieces": 10_000}, "/packages/0/pieces"),
    ({"package_type": "ZZ"}, "/packages/0/package_type"),
    ({"sscc": "340123450000000018"}, "/packages/0/sscc"),
    ({"sscc": SSCC, "pieces": 2}, "/packages/0/pieces"),
    ({"hs_code": "8480719"}, "/packages/0/hs_code"),
    ({"container": "CSQU3054383"}, "/packages/0/container"),
    ({"dangerous": True}, "/packages/0/dangerous"),
    ({"description": ""}, "/packages/0/description"),
]


async def test_wrong_packages_are_named_and_nothing_is_kept(market: Market) -> None:
    shipper, shipment = await planned(market)
    path = f"/v1/shipments/{shipment['id']}/packages"

    async def tried(*packages: dict[str, Any]) -> list[str]:
        answer = await shipper.put(path, json={"packages": list(packages)}, headers={"If-Match": "*"})
        assert answer.status_code == 422, answer.text
        return [error["pointer"] for error in answer.json()["errors"]]

    for change, pointer in WRONG:
        assert await tried(package_form(**change)) == [pointer], change
    assert await tried(package_form(sscc=SSCC), package_form(sscc=SSCC)) == ["/packages/1/sscc"]
    assert await tried(*[package_form()] * 501) == ["/packages"]
    vast = dict.fromkeys(("length_mm", "width_mm", "height_mm"), 60000)
    assert await tried(package_form(pieces=9_999, **vast)) == ["/packages"]
    assert await tried(*[package_form(pieces=9_999, gross_mass_kg="500000")] * 500) == ["/packages"]
    assert (await shipper.get(path)).json()["items"] == []
    whole = await shipper.put(path, json={"packages": [package_form()] * 500}, headers={"If-Match": "*"})
    assert (whole.status_code, whole.json()["pieces"]) == (200, 500)
    with count_statements(market.db) as many:
        assert len((await shipper.get(f"{path}?limit=100")).json()["items"]) == 100
    await shipper.put(path, json={"packages": [package_form()]}, headers={"If-Match": "*"})
    with count_statements(market.db) as few:
        assert len((await shipper.get(f"{path}?limit=100")).json()["items"]) == 1
    assert len(few) == len(many)


async def test_the_database_takes_no_nonsense(market: Market, owner: Owner) -> None:
    one = await sent(market)
    await packed(one, package_form())
    for change in (
        "gross_mass_kg = -1",
        "length_mm = 0",
        "pieces = 0",
        "line = 501",
        f"sscc = '{SSCC}', pieces = 2",
        "package_type = '?'",
    ):
        with pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(f"UPDATE shipment_packages SET {change}")  # type: ignore[arg-type]


@given(st.integers(0, 10**18 - 1))
def test_a_barcode_reads_as_it_was_written(number: int) -> None:
    digits = f"00{number:018d}"
    values = gs1_128(digits)
    drawn = list(bars(values))
    # Read it back from the bars: widths between the edges, symbol by symbol.
    edges = [edge for left, width in drawn for edge in (left, left + width)]
    widths = "".join(str(after - before) for before, after in pairwise(edges))
    symbols = [PATTERNS.index(widths[at : at + 6]) for at in range(0, len(widths) - 7, 6)]
    assert (symbols[:2], widths[-7:]) == ([START_C, FNC1], PATTERNS[-1])
    assert "".join(f"{value:02d}" for value in symbols[2:-1]) == digits
    weighed = symbols[0] + sum(place * value for place, value in enumerate(symbols[1:-1], 1))
    assert symbols[-1] == weighed % 103


def test_the_symbols_are_those_of_the_standard() -> None:
    """Eleven modules each, an even number of them in bars, no two alike."""
    assert (len(PATTERNS), len(set(PATTERNS)), PATTERNS[0], PATTERNS[FNC1]) == (107, 107, "212222", "411131")
    for pattern in PATTERNS[:-1]:
        assert sum(map(int, pattern)) == 11 and sum(map(int, pattern[::2])) % 2 == 0
    assert Decimal("0.495") * (14 * 11 + 2) < 105 - 2 * 10
