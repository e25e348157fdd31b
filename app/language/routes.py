"""Texts in all their languages, what is missing, and the languages themselves."""

import csv
import io
import unicodedata
from typing import Annotated
from uuid import UUID

from fastapi import Header, Path, Query, Request, Response
from fastapi.responses import Response as PlainResponse

from app.kit import audit
from app.kit.actor import Actor, CurrentActor, Permission
from app.kit.db.session import Session
from app.kit.errors import (
    FieldError,
    Forbidden,
    IdempotencyKeyInFlight,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Unauthenticated,
)
from app.kit.etags import set_etag
from app.kit.idempotency import IdempotencyGuard
from app.kit.locales import LOCALES, N_, cldr, current_locale
from app.kit.paging import Page, Paging, link_next
from app.kit.problems import problems
from app.kit.routing import house_router
from app.kit.schemas import LocaleTag, labelled
from app.language import facade, queries
from app.language.errors import NotYourText, SourceChanged, TextIsSource
from app.language.glossary import Term, load_glossary
from app.language.models import LocalText
from app.language.schemas import (
    CoverageOut,
    CoverageRow,
    EntityKind,
    FieldName,
    LocaleOut,
    TermOut,
    TextOut,
    TextsOut,
    TranslationIn,
    TranslationsRequested,
    TranslationsWanted,
)
from app.language.states import TEXT_STATE_LABELS, TextState
from app.language.usecases.put_translation import TranslationWritten, put_translation

router = house_router(tags=["language"])


@router.get("/locales")
async def list_locales() -> list[LocaleOut]:
    """The languages of the house, each by its own name and by its name in the reader's language."""
    reader = cldr(current_locale())
    return [
        LocaleOut(
            locale=tag,
            own_name=cldr(tag).get_display_name() or tag,
            name=cldr(tag).get_display_name(reader) or tag,
            direction="rtl" if cldr(tag).text_direction == "rtl" else "ltr",
        )
        for tag in LOCALES
    ]


@router.get("/glossary", responses=problems(Invalid))
async def list_terms(
    request: Request,
    response: Response,
    page: Paging,
    q: Annotated[str | None, Query(max_length=100, description="Part of the term, in any language.")] = None,
    locale: Annotated[LocaleTag | None, Query(description="The language to show; the reader's own by default.")] = None,
) -> Page[TermOut]:
    """The trade glossary of mould making in the nine languages of the house."""
    shown_in = locale or current_locale()
    found = [term for term in load_glossary().terms if q is None or _names(term, _folded(q))]
    start = 0
    if page.cursor is not None:
        ids = [term.term_id for term in found]
        if page.cursor not in ids:
            message = N_("This page cursor is not valid. Begin again at the first page.")
            raise Invalid(errors=[FieldError("#/query/cursor", "invalid-cursor", message)])
        start = ids.index(page.cursor) + 1
    shown = found[start : start + page.limit]
    cursor = shown[-1].term_id if start + page.limit < len(found) else None
    link_next(request, response, cursor)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return Page[TermOut](items=[_term_out(term, shown_in) for term in shown], next_cursor=cursor)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _names(term: Term, asked: str) -> bool:
    return any(asked in _folded(form) for tag in LOCALES for form in term.forms(tag))


def _term_out(term: Term, locale: str) -> TermOut:
    return TermOut(
        term_id=term.term_id,
        part=term.part,
        group=term.group,
        term=term.texts[locale],
        variants=list(term.variants[locale]),
        texts=dict(term.texts),
        source=term.source,
        edition=term.edition,
    )


@router.get("/texts", responses=problems(Unauthenticated, NotFound))
async def get_texts(
    actor: CurrentActor,
    session: Session,
    entity_kind: Annotated[EntityKind, Query(description="What the texts belong to, such as `inquiry`.")],
    entity_id: Annotated[UUID, Query()],
) -> TextsOut:
    """Every version of every text of a thing that your organization may read."""
    rows = await queries.texts_of_entity(session, (entity_kind, entity_id))
    if not rows:
        raise NotFound()
    return TextsOut(entity_kind=entity_kind, entity_id=entity_id, texts=[_text_out(row) for row in rows])


@router.put(
    "/texts/{entity_kind}/{entity_id}/{field}/{locale}",
    responses=problems(
        Unauthenticated,
        NotFound,
        NotYourText,
        Forbidden,
        TextIsSource,
        SourceChanged,
        PreconditionFailed,
        PreconditionRequired,
    ),
)
async def put_text(
    actor: CurrentActor,
    entity_kind: Annotated[EntityKind, Path()],
    entity_id: UUID,
    field: Annotated[FieldName, Path()],
    locale: Annotated[LocaleTag, Path()],
    form: TranslationIn,
    session: Session,
    response: Response,
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", max_length=200, description="Needed when the translation exists: its version."),
    ] = None,
) -> TextOut:
    """Write a translation of a text of your own organization, or vouch for what a machine wrote."""
    written = TranslationWritten(form.text, form.state, form.source_version)
    row = await put_translation(session, actor, (entity_kind, entity_id), field, locale, written, if_match=if_match)
    await session.refresh(row)
    set_etag(response, row.version)
    return _text_out(row)


@router.post(
    "/texts/{entity_kind}/{entity_id}/translations",
    status_code=202,
    dependencies=[IdempotencyGuard],
    responses=problems(
        Unauthenticated, NotFound, Forbidden, IdempotencyKeyMissing, IdempotencyKeyInFlight, IdempotencyKeyReused
    ),
)
async def post_translations(
    actor: CurrentActor,
    entity_kind: Annotated[EntityKind, Path()],
    entity_id: UUID,
    form: TranslationsWanted,
    session: Session,
) -> TranslationsRequested:
    """Request machine translations of texts that you may read. What a person wrote is never replaced."""
    entity = (entity_kind, entity_id)
    if not await queries.sources_of(session, entity):
        raise NotFound()
    actor.require(Permission.TRANSLATE)
    count = await facade.want_translations(session, entity, form.locales)
    await audit.record(session, actor, "text.request_translations", *entity, after={"locales": sorted(form.locales)})
    return TranslationsRequested(jobs=count)


@router.get("/language/coverage", responses=problems(Unauthenticated))
async def get_coverage(actor: CurrentActor, session: Session) -> CoverageOut:
    """How many of your published and shared texts have a person's, a checked, a machine's, a stale or no text, per language."""
    return CoverageOut(rows=await _coverage(actor, session))


@router.get(
    "/language/coverage.csv",
    response_class=PlainResponse,
    responses={**problems(Unauthenticated), 200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def get_coverage_csv(actor: CurrentActor, session: Session) -> PlainResponse:
    """The same as CSV in UTF-8 (RFC 4180)."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(CoverageRow.model_fields))
    writer.writeheader()
    writer.writerows(row.model_dump() for row in await _coverage(actor, session))
    headers = {"Content-Disposition": 'attachment; filename="coverage.csv"'}
    return PlainResponse(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


async def _coverage(actor: Actor, session: Session) -> list[CoverageRow]:
    reader = cldr(current_locale())
    return [
        CoverageRow(locale=tag, name=cldr(tag).get_display_name(reader) or tag, **counts)
        for tag, counts in await queries.coverage(session, actor.organization_id)
    ]


def _text_out(row: LocalText) -> TextOut:
    return TextOut(
        field=row.field,
        locale=row.locale,
        text=row.text,
        state=labelled(TextState(row.state), TEXT_STATE_LABELS),
        is_source=row.is_source,
        engine=row.engine,
        version=row.version,
    )
