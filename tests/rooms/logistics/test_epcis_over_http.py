"""EPCIS over HTTP: a shipment as a document, and the simple event query over its events."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.logistics.epcis.hashing import event_hash
from app.logistics.epcis.keys import place_uri
from tests.market import Market
from tests.rooms.logistics.freight import Sent, sent

BOX = "CSQU3054383"


async def told(market: Market, **overrides: Any) -> Sent:
    """A container that left Ningbo, whose clocks are eight hours ahead, and arrived in Hamburg."""
    one = await sent(market, **overrides)
    now = market.clock.now().replace(microsecond=0)
    local = (now - timedelta(days=30) + timedelta(hours=8)).isoformat().replace("+00:00", "+08:00")
    result = await one.tell(
        one.event("TRANSPORT", "DEPA", now, eventDateTime=local),
        one.event("TRANSPORT", "ARRI", now - timedelta(days=1), place="DEHAM"),
        one.event("TRANSPORT", "ARRI", now + timedelta(days=1), place="DEHAM", classifier="EST"),
    )
    assert result["accepted"] == 3
    return one


async def test_a_shipment_is_an_epcis_document(market: Market) -> None:
    buyer = await market.people("buyer")
    one = await told(market, containers=[BOX], consignee_id=str(buyer.firm.id))
    answer = await buyer.get(f"{one.path}/epcis")
    assert answer.headers["Content-Type"] == "application/ld+json"
    found = answer.json()
    assert (found["type"], found["schemaVersion"]) == ("EPCISDocument", "2.0")
    departing, arriving = found["epcisBody"]["eventList"]
    assert (departing["bizStep"], departing["epcList"]) == ("departing", [f"urn:epc:id:bic:{BOX}"])
    assert departing["eventTimeZoneOffset"] == "+08:00" and departing["eventTime"].endswith("+08:00")
    assert (arriving["bizStep"], arriving["bizLocation"]) == ("arriving", {"id": place_uri("DEHAM")})
    assert all(event["eventID"] == event_hash(event) for event in (departing, arriving))
    stranger = await market.people("logistics")
    for path in (f"{one.path}/epcis", f"{one.path}/epcis/events"):
        assert (await stranger.get(path)).status_code == 404
        assert (await one.carrier.get(path)).status_code == 200
    # Without a container the shipment itself travels.
    loose = await told(market)
    [event, _] = (await loose.shipper.get(f"{loose.path}/epcis")).json()["epcisBody"]["eventList"]
    assert event["epcList"] == [f"urn:uuid:{loose.id}"]


async def test_the_simple_event_query(market: Market) -> None:
    one = await told(market, containers=[BOX])

    async def found(query: str) -> list[str]:
        answer = await one.shipper.get(f"{one.path}/epcis/events?{query}")
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["type"] == "EPCISQueryDocument"
        results = body["epcisBody"]["queryResults"]
        assert results["queryName"] == "SimpleEventQuery"
        return [event["bizStep"] for event in results["resultsBody"]["eventList"]]

    both = ["departing", "arriving"]
    week_ago = (market.clock.now() - timedelta(days=7)).isoformat()
    numbers = (await one.shipper.get(f"{one.path}/epcis")).json()["epcisBody"]["eventList"]
    for query, expected in (
        ("", both),
        ("locale=de", both),
        (f"GE_eventTime={week_ago.replace('+', '%2B')}", ["arriving"]),
        (f"LT_eventTime={week_ago}", ["departing"]),
        ("EQ_bizStep=departing", ["departing"]),
        ("EQ_bizStep=departing,arriving", both),
        ("EQ_bizStep=departing&EQ_bizStep=urn:epcglobal:cbv:bizstep:arriving", both),
        ("EQ_bizStep=https://ref.gs1.org/cbv/BizStep-arriving%7Cshipping", ["arriving"]),
        ("EQ_disposition=in_transit", ["departing"]),
        (f"EQ_readPoint={place_uri('DEHAM').replace('#', '%23')}", ["arriving"]),
        ("EQ_action=OBSERVE&eventType=ObjectEvent", both),
        (f"MATCH_anyEPC=urn:epc:id:bic:{BOX}&EQ_disposition=in_progress", ["arriving"]),
        ("MATCH_anyEPC=urn:epc:id:bic:TASU1170000", []),
        (f"EQ_eventID={numbers[0]['eventID'].replace('?', '%3F').replace(';', '%3B')}", ["departing"]),
    ):
        assert await found(query) == expected, query
    first = await one.shipper.get(f"{one.path}/epcis/events?perPage=1&eventType=ObjectEvent")
    link = first.headers["Link"]
    assert link.endswith('; rel="next"')
    follow = urlsplit(link[1 : link.index(">")])
    assert set(parse_qs(follow.query)) == {"perPage", "eventType", "nextPageToken"}
    second = await one.shipper.get(f"{follow.path}?{follow.query}")
    assert "Link" not in second.headers
    pages = [answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"] for answer in (first, second)]
    assert [*pages[0], *pages[1]] == numbers


async def test_what_the_query_does_not_know_is_named(market: Market) -> None:
    one = await told(market)
    for query, pointer in (
        ("EQ_bizstep=departing", "#/query/EQ_bizstep"),
        ("WD_readPoint=x", "#/query/WD_readPoint"),
        ("GE_eventTime=yesterday", "#/query/GE_eventTime"),
        ("LT_eventTime=2026-09-01T00:00:00", "#/query/LT_eventTime"),
        ("LT_eventTime=1789000000", "#/query/LT_eventTime"),
        ("EQ_action=MOVE", "#/query/EQ_action"),
        ("MATCH_anyEPC=urn:epc:idpat:bic:*", "#/query/MATCH_anyEPC"),
        ("perPage=0", "#/query/perPage"),
        ("nextPageToken=W10", "#/query/nextPageToken"),
        ("EQ_eventID=" + ",".join("x" * 60), "#/query/EQ_eventID"),
    ):
        answer = await one.shipper.get(f"{one.path}/epcis/events?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
