"""How complete a supplier's own listings are, and what to do about it."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import Field

from app.catalog import quality_queries as queries
from app.catalog.definitions import attributes, name_in
from app.catalog.display import shown_text
from app.catalog.models import PublicProduct
from app.catalog.publication import document_of
from app.catalog.quality import FLAW_LABELS, Finding, Flaw, Quality, assess
from app.catalog.queries import product_of
from app.catalog.schemas import TextOut
from app.kit.actor import CurrentActor
from app.kit.db.session import Session
from app.kit.errors import NotFound, Unauthenticated
from app.kit.locales import N_, current_locale, translate
from app.kit.paging import Page, Paging, fetch_page, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.kit.schemas import Labelled, Output, PlainDecimal, labelled

router = house_router(tags=["catalogue"])

SAME = N_("The same values and sizes as another listing of yours. Keep one of them.")
LIKE = N_("Nearly the same title as another listing of yours. Say what is different, or keep one of them.")


class FindingOut(Output):
    """What to do for some points more."""

    kind: Labelled
    pointer: str = Field(description="Where in the listing, as a JSON Pointer into what you send.")
    message: str
    points: PlainDecimal = Field(description="By how much the score rises.")


class DuplicateOut(Output):
    """Another listing of yours that may be the same thing."""

    product_id: UUID
    code: str
    title: TextOut | None
    message: str
    likeness_percent: int = Field(description="100: the same values and sizes; below, how alike the titles are.")


class QualityOut(Output):
    """A listing's score of 100, and what is missing, the weightiest first."""

    score: int
    findings: list[FindingOut]


class ProductQualityOut(QualityOut):
    """The same for one listing, with others of yours that look like it."""

    duplicates: list[DuplicateOut] = Field(description="Among your published listings; they do not lower the score.")


class ListedQuality(QualityOut):
    """The same in a list."""

    product_id: UUID
    code: str
    title: TextOut | None


class BandOut(Output):
    """How many listings have a score between two."""

    lowest: int
    highest: int
    listings: int


class FlawCount(Output):
    """How many listings have a flaw."""

    kind: Labelled
    listings: int


class RangeQualityOut(Output):
    """Your published range in figures."""

    listings: int
    mean_score: PlainDecimal | None
    bands: list[BandOut]
    flaws: list[FlawCount]


class DuplicatePair(Output):
    """Two of your listings that may be the same thing."""

    product_id: UUID
    code: str
    title: TextOut | None
    other: DuplicateOut


def _finding(finding: Finding) -> FindingOut:
    locale = current_locale()
    params = dict(finding.params)
    if finding.attribute is not None:
        params["attribute"] = name_in(attributes()[finding.attribute].names, locale)
    return FindingOut(
        kind=labelled(finding.flaw, FLAW_LABELS),
        pointer=finding.pointer,
        message=translate(finding.message, locale, **params),
        points=finding.points.normalize(),
    )


def _findings(quality: Quality) -> list[FindingOut]:
    return [_finding(finding) for finding in quality.findings]


def _title(row: PublicProduct) -> TextOut | None:
    return shown_text(row.document["texts"].get("title", {}), row.document["source_locale"], current_locale())


def _duplicate(row: PublicProduct, pair: queries.Pair) -> DuplicateOut:
    return DuplicateOut(
        product_id=row.product_id,
        code=row.document["code"],
        title=_title(row),
        message=translate(SAME if pair.same_size else LIKE),
        likeness_percent=round(100 * pair.likeness),
    )


@router.get("/products/{product_id}/quality", responses=problems(Unauthenticated, NotFound))
async def get_product_quality(product_id: UUID, actor: CurrentActor, session: Session) -> ProductQualityOut:
    """How complete one of your own listings is, draft or published, and what to do for each missing point."""
    product = await product_of(session, actor.organization_id, product_id)
    if product is None:
        raise NotFound()
    quality = assess(await document_of(session, product))
    pairs = await queries.duplicates(session, actor.organization_id, product_id)
    others = {pair.other if pair.one == product_id else pair.one: pair for pair in pairs}
    rows = await queries.public_rows(session, set(others))
    return ProductQualityOut(
        score=quality.score,
        findings=_findings(quality),
        duplicates=[_duplicate(rows[other], pair) for other, pair in others.items() if other in rows],
    )


@router.get("/listing-quality", responses=problems(Unauthenticated))
async def list_listing_quality(
    actor: CurrentActor,
    request: Request,
    response: Response,
    session: Session,
    page: Paging,
    kind: Annotated[Flaw | None, Query(description="Only listings that lack this.")] = None,
) -> Page[ListedQuality]:
    """Your published listings by their score, the worst first."""
    statement = queries.own_quality(actor.organization_id, kind)
    rows, cursor = await fetch_page(session, statement, page, keys=[PublicProduct.quality, PublicProduct.product_id])
    link_next(request, response, cursor)
    items = [
        ListedQuality(
            product_id=row.product_id,
            code=row.document["code"],
            title=_title(row),
            score=row.quality,
            findings=_findings(assess(row.document)),
        )
        for row in rows
    ]
    return Page[ListedQuality](items=items, next_cursor=cursor)


@router.get("/listing-quality/summary", responses=problems(Unauthenticated))
async def get_range_quality(actor: CurrentActor, session: Session) -> RangeQualityOut:
    """Your published range in figures: the mean score, how many are good, and what is missing most."""
    found = await queries.range_quality(session, actor.organization_id)
    flaws = sorted(found.flaws.items(), key=lambda item: (-item[1], item[0]))
    return RangeQualityOut(
        listings=found.listings,
        mean_score=round(Decimal(found.mean), 1) if found.mean is not None else None,
        bands=[
            BandOut(lowest=low, highest=high, listings=count)
            for (low, high), count in zip(queries.BANDS, found.bands, strict=True)
        ],
        flaws=[FlawCount(kind=labelled(Flaw(code), FLAW_LABELS), listings=count) for code, count in flaws],
    )


@router.get("/listing-quality/duplicates", responses=problems(Unauthenticated))
async def list_duplicates(actor: CurrentActor, session: Session) -> list[DuplicatePair]:
    """Pairs of your published listings that may be the same thing, the surest first; at most two hundred."""
    pairs = await queries.duplicates(session, actor.organization_id)
    rows = await queries.public_rows(session, {one for pair in pairs for one in (pair.one, pair.other)})
    return [
        DuplicatePair(
            product_id=pair.one,
            code=rows[pair.one].document["code"],
            title=_title(rows[pair.one]),
            other=_duplicate(rows[pair.other], pair),
        )
        for pair in pairs
    ]
