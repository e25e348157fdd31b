"""EPCIS 2.0 over HTTP: a shipment as a document, and the simple event query over its events."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import Query, Request
from fastapi.responses import JSONResponse

from app.kit.db.session import Session
from app.kit.errors import Invalid
from app.kit.problems import READ, problems
from app.kit.routing import house_router
from app.logistics import queries
from app.logistics.epcis.asking import MOST_PER_PAGE, PER_PAGE, answer, question
from app.logistics.epcis.document import Event, document, query_document
from app.logistics.epcis.schemas import EpcisDocument, EpcisQueryDocument
from app.logistics.epcis.shipped import shipped, steps_told, things_of
from app.logistics.guards import SeenShipment
from app.logistics.models import Shipment
from app.logistics.usecases.account import plan_of, summary_of

router = house_router(tags=["logistics"])

JSON_LD = "application/ld+json"
_HEADERS = {
    "Cache-Control": "private, no-store",
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
    "GS1-EPC-Format": "Always_GS1_Digital_Link",
}


def _described(model: type[Any], text: str) -> dict[int | str, dict[str, Any]]:
    """FastAPI describes the model, and here it is told under which media type."""
    content = {JSON_LD: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
    return {200: {"model": model, "description": text, "content": content}}


class JsonLd(JSONResponse):
    """An answer in JSON-LD."""

    media_type = JSON_LD

    def render(self, content: Any) -> bytes:
        """Bytes of JSON values."""
        return orjson.dumps(content)


async def _events(session: Session, row: Shipment) -> tuple[list[Event], datetime]:
    """The events, and since when they stand: as long as nothing new is told, the same document is answered."""
    track = (await queries.tracks(session, [row.id]))[row.id]
    steps = steps_told(summary_of(track), plan_of(row))
    sent_at = await queries.times_as_sent(session, [event_id for _, event_id in steps])
    return shipped(things_of(row.id, row.containers), steps, sent_at), track.last_event_at or row.created_at


@router.get(
    "/shipments/{shipment_id}/epcis",
    responses={**problems(*READ), **_described(EpcisDocument, "The document.")},
    response_class=JsonLd,
)
async def get_shipment_epcis(row: SeenShipment, session: Session) -> JsonLd:
    """What happened to a shipment as one EPCIS 2.0 document, each event with its hash as its number.

    It holds what stands now: an event that a partner corrected or took back is not in it any more.
    """
    events, created_at = await _events(session, row)
    return JsonLd(document(events, created_at=created_at), headers=_HEADERS)


# The parameters stand in the signature to be described; `question` reads them all at once, and those that nobody described.
Values = list[str] | None


@router.get(
    "/shipments/{shipment_id}/epcis/events",
    responses={**problems(*READ, Invalid), **_described(EpcisQueryDocument, "The events that were asked for.")},
    response_class=JsonLd,
)
async def list_shipment_epcis_events(
    row: SeenShipment,
    session: Session,
    request: Request,
    ge_event_time: Annotated[str | None, Query(alias="GE_eventTime", description="At this time or later.")] = None,
    lt_event_time: Annotated[str | None, Query(alias="LT_eventTime", description="Before this time.")] = None,
    event_type: Annotated[Values, Query(alias="eventType", description="`ObjectEvent`, `AggregationEvent`.")] = None,
    eq_action: Annotated[Values, Query(alias="EQ_action", description="`ADD`, `OBSERVE`, `DELETE`.")] = None,
    eq_biz_step: Annotated[Values, Query(alias="EQ_bizStep", description="Such as `departing`.")] = None,
    eq_disposition: Annotated[Values, Query(alias="EQ_disposition", description="Such as `in_transit`.")] = None,
    eq_read_point: Annotated[Values, Query(alias="EQ_readPoint", description="URIs of places.")] = None,
    eq_biz_location: Annotated[Values, Query(alias="EQ_bizLocation", description="URIs of places.")] = None,
    match_epc: Annotated[Values, Query(alias="MATCH_epc", description="In `epcList` or `childEPCs`.")] = None,
    match_parent_id: Annotated[Values, Query(alias="MATCH_parentID", description="As `parentID`.")] = None,
    match_any_epc: Annotated[Values, Query(alias="MATCH_anyEPC", description="In any of these.")] = None,
    eq_event_id: Annotated[Values, Query(alias="EQ_eventID", description="Event hashes.")] = None,
    per_page: Annotated[int, Query(alias="perPage", ge=1, le=MOST_PER_PAGE)] = PER_PAGE,
    next_page_token: Annotated[str | None, Query(alias="nextPageToken", max_length=500)] = None,
) -> JsonLd:
    """The simple event query of EPCIS 2.0 over one shipment, in the order of the events. Lists are separated by commas or `|`.

    `Link` leads to the next page. Parameters that this query does not know are refused by name.
    """
    asked = question(request.query_params.multi_items(), next_page_token)
    events, created_at = await _events(session, row)
    page, token = answer(events, asked, per_page)
    headers = dict(_HEADERS)
    if token:
        url = request.url.include_query_params(nextPageToken=token)
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return JsonLd(query_document(page, created_at=created_at), headers=headers)
