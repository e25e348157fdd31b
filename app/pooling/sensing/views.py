"""Suggestions and consents as a reader sees them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import facade as catalog
from app.kit.actor import Actor
from app.kit.locales import N_, NP_, current_locale, translate
from app.kit.schemas import Labelled, labelled
from app.parties import facade as parties
from app.pooling.sensing import queries
from app.pooling.sensing.models import DemandConsent, DemandSuggestion
from app.pooling.sensing.rules import step_mm
from app.pooling.sensing.schemas import (
    DemandConsentOut,
    DemandQuantityOut,
    DemandSizeOut,
    DemandSuggestionOut,
    ExpectedSavingOut,
)
from app.pooling.sensing.states import SAVING_SOURCE_LABELS, SUGGESTION_STATE_LABELS
from app.reference import facade as reference

ASKED_AND_SAVED = N_("{buyers} buyers asked for {what} of similar size this quarter: {saving} % expected saving")
ASKED = N_("{buyers} buyers asked for {what} of similar size this quarter")
WAS_ASKED = N_("{buyers} buyers asked for {what} of similar size from {since} to {until}")
WHAT = NP_("what is asked for", "{category} ({steel})")
ABOUT = NP_("size", "about {size}")


async def consent_out(session: AsyncSession, actor: Actor, row: DemandConsent | None) -> DemandConsentOut:
    """What was decided; nothing is no."""
    given = row is not None and row.given
    own = (await parties.organizations(session, [actor.organization_id])).get(actor.organization_id)
    return DemandConsentOut(
        given=given,
        counted=given and own is not None and own.verified and own.sandbox_of is None,
        decided_at=row.decided_at if row else None,
        version=row.version if row else 0,
    )


async def suggestions_out(
    session: AsyncSession, actor: Actor, rows: Sequence[DemandSuggestion]
) -> list[DemandSuggestionOut]:
    """Suggestions, in as many statements for many as for one."""
    mine = await queries.in_which(session, actor.organization_id, [row.id for row in rows])
    names = {node.code: node.name for node in catalog.category_tree(current_locale())} if rows else {}
    return [_suggestion(row, names[row.category_code], actor, includes_you=row.id in mine) for row in rows]


def _suggestion(row: DemandSuggestion, category: str, actor: Actor, *, includes_you: bool) -> DemandSuggestionOut:
    percent = None if row.expected_saving_bp is None else row.expected_saving_bp // 100
    saving = None
    if percent is not None and row.saving_source is not None:
        saving = ExpectedSavingOut(percent=percent, source=labelled(row.saving_source, SAVING_SOURCE_LABELS))
    value = row.quantity.normalize()
    plain = value.quantize(Decimal(1)) if value == value.to_integral_value() else value
    return DemandSuggestionOut(
        id=row.id,
        state=labelled(row.state, SUGGESTION_STATE_LABELS),
        text=_sentence(row, category, percent),
        buyers=row.buyers,
        category=Labelled(code=row.category_code, label=category),
        steel=row.steel,
        size=_size(row, actor),
        quantity=DemandQuantityOut(value=plain, unit=row.unit, text=_text(plain, row.unit, actor)),
        expected_saving=saving,
        asked_since=row.asked_since,
        asked_until=row.asked_until,
        made_at=row.made_at,
        ended_at=row.ended_at,
        includes_you=includes_you,
    )


def _sentence(row: DemandSuggestion, category: str, percent: int | None) -> str:
    locale = current_locale()
    given = {
        "buyers": reference.display_number(row.buyers, locale),
        "what": translate(WHAT, locale, category=category, steel=row.steel),
    }
    if row.ended_at is not None:
        since, until = (reference.display_date(day, locale) for day in (row.asked_since, row.asked_until))
        return translate(WAS_ASKED, locale, **given, since=since, until=until)
    if percent is None:
        return translate(ASKED, locale, **given)
    return translate(ASKED_AND_SAVED, locale, **given, saving=reference.display_number(percent, locale))


def _size(row: DemandSuggestion, actor: Actor) -> DemandSizeOut:
    sides = [step_mm(step) for step in row.size_steps]
    shown = " × ".join(_text(side, "MMT", actor) for side in sides)
    return DemandSizeOut(sides_mm=sides, text=translate(ABOUT, current_locale(), size=shown))


def _text(value: Decimal, unit: str, actor: Actor) -> str:
    system = cast(reference.System, actor.unit_system)
    return reference.display_quantity(value, unit, current_locale(), system).text
