"""Public lists of the reference data in the reader's language. They change with a release only, so they cache well."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from app.kit.errors import FieldError, Invalid
from app.kit.locales import N_, current_locale, translate
from app.kit.paging import Page, PageRequest, Paging, link_next
from app.kit.routing import house_router
from app.reference import facade
from app.reference.rates import files as rate_files
from app.reference.rates import router as rates
from app.reference.schemas import (
    CountryOut,
    CurrencyOut,
    EquivalentOut,
    FinishOut,
    HsHeadingOut,
    IncotermOut,
    OverlapOut,
    PlaceOut,
    PlasticOut,
    SteelOut,
    UnitOut,
)

router = house_router(tags=["reference"], prefix="/v1/reference")
routers = [router, rates, rate_files]

T = TypeVar("T", bound=BaseModel)

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "You have this page already (`If-None-Match`)."}}


@router.get("/units", response_model=Page[UnitOut], responses=NOT_MODIFIED)
async def list_units(request: Request, page: Paging) -> Response:
    """The units of measure that quantities may have."""
    locale = current_locale()
    codes, cursor = _page_of(list(facade.units()), page)
    items = [
        UnitOut(
            **_fields(found, UnitOut, "name"),
            name=facade.unit_name(found.code, locale),
            dimension_name=translate(facade.DIMENSION_LABELS[found.dimension]),
        )
        for found in map(facade.unit, codes)
    ]
    return _answer(request, Page[UnitOut](items=items, next_cursor=cursor))


@router.get("/currencies", response_model=Page[CurrencyOut], responses=NOT_MODIFIED)
async def list_currencies(request: Request, page: Paging) -> Response:
    """The currencies that prices may be given in."""
    codes, cursor = _page_of(list(facade.currencies()), page)
    items = [
        CurrencyOut(**asdict(facade.currency(code)), name=facade.currency_name(code, current_locale()))
        for code in codes
    ]
    return _answer(request, Page[CurrencyOut](items=items, next_cursor=cursor))


@router.get("/incoterms", response_model=Page[IncotermOut], responses=NOT_MODIFIED)
async def list_incoterms(request: Request, page: Paging) -> Response:
    """The eleven rules of Incoterms 2020 and who does what under each."""
    codes, cursor = _page_of(list(facade.incoterms()), page)
    items = [_named(facade.incoterm(code), IncotermOut) for code in codes]
    return _answer(request, Page[IncotermOut](items=items, next_cursor=cursor))


@router.get("/steels", response_model=Page[SteelOut], responses=NOT_MODIFIED)
async def list_steels(request: Request, page: Paging) -> Response:
    """Tool steels and how their designations relate. Equivalents are information, never permission to substitute."""
    codes, cursor = _page_of(list(facade.steels()), page)
    items = [SteelOut(**_fields(facade.steel(code), SteelOut), equivalents=_equivalents(code)) for code in codes]
    return _answer(request, Page[SteelOut](items=items, next_cursor=cursor))


def _equivalents(code: str) -> list[EquivalentOut]:
    return [
        EquivalentOut(**asdict(tie), relation_name=translate(facade.RELATION_LABELS[tie.relation]))
        for tie in facade.equivalents(code)
    ]


@router.get("/finishes", response_model=Page[FinishOut], responses=NOT_MODIFIED)
async def list_finishes(request: Request, page: Paging) -> Response:
    """Surface finishes by SPI and VDI 3400, with the grades of the other scale that overlap."""
    codes, cursor = _page_of(list(facade.finishes()), page)
    items = [
        FinishOut(
            **asdict(facade.finish(code)),
            overlaps=[OverlapOut.model_validate(item) for item in facade.finish_overlaps(code)],
        )
        for code in codes
    ]
    return _answer(request, Page[FinishOut](items=items, next_cursor=cursor))


@router.get("/plastics", response_model=Page[PlasticOut], responses=NOT_MODIFIED)
async def list_plastics(request: Request, page: Paging) -> Response:
    """Resins with their usual shrinkage, temperatures and pressures."""
    codes, cursor = _page_of(list(facade.plastics()), page)
    items = [_named(facade.plastic(code), PlasticOut) for code in codes]
    return _answer(request, Page[PlasticOut](items=items, next_cursor=cursor))


@router.get("/hs-headings", response_model=Page[HsHeadingOut], responses=NOT_MODIFIED)
async def list_hs_headings(request: Request, page: Paging) -> Response:
    """The Harmonized System headings that the mould trade uses."""
    headings = facade.hs_headings()
    codes, cursor = _page_of(list(headings), page)
    items = [_named(headings[code], HsHeadingOut) for code in codes]
    return _answer(request, Page[HsHeadingOut](items=items, next_cursor=cursor))


@router.get("/countries", response_model=Page[CountryOut], responses=NOT_MODIFIED)
async def list_countries(request: Request, page: Paging) -> Response:
    """Countries by ISO 3166-1 code."""
    codes, cursor = _page_of(sorted(facade.country_codes()), page)
    items = [CountryOut(code=code, name=facade.country_name(code, current_locale())) for code in codes]
    return _answer(request, Page[CountryOut](items=items, next_cursor=cursor))


@router.get("/places", response_model=Page[PlaceOut], responses=NOT_MODIFIED)
async def list_places(request: Request, page: Paging) -> Response:
    """The ports and inland places (UN/LOCODE) that the trade ships between."""
    places = facade.places()
    codes, cursor = _page_of(list(places), page)
    items = [
        PlaceOut(**asdict(places[code]), country_name=facade.country_name(places[code].country, current_locale()))
        for code in codes
    ]
    return _answer(request, Page[PlaceOut](items=items, next_cursor=cursor))


def _page_of(codes: Sequence[str], page: PageRequest) -> tuple[Sequence[str], str | None]:
    """One page of a list that is held in memory, and its cursor: the last code on it, if more follow."""
    start = 0
    if page.cursor is not None:
        if page.cursor not in codes:
            message = N_("This page cursor is not valid. Begin again at the first page.")
            raise Invalid(errors=[FieldError("#/query/cursor", "invalid-cursor", message)])
        start = codes.index(page.cursor) + 1
    shown = codes[start : start + page.limit]
    return shown, shown[-1] if start + page.limit < len(codes) else None


def _fields(found: Any, schema: type[BaseModel], *without: str) -> dict[str, Any]:
    names: Iterable[str] = schema.model_fields
    return {name: getattr(found, name) for name in names if name not in without and hasattr(found, name)}


def _named(found: Any, schema: type[T]) -> T:
    """A row whose names the data file gives in every locale."""
    return schema(**_fields(found, schema, "name"), name=found.names[current_locale()])


def _answer(request: Request, body: BaseModel) -> Response:
    """The page as bytes with a strong ETag, or 304 when the reader has it."""
    content = body.model_dump_json().encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:20]}-{current_locale()}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=3600"}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    response = Response(content, media_type="application/json", headers=headers)
    link_next(request, response, getattr(body, "next_cursor", None))
    return response
