"""Take in a partner's rate cards, one or many, and withdraw them. The good ones stand, the bad ones are named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.findings import from_validation
from app.kit.ids import new_id
from app.kit.locales import N_
from app.logistics.freight.errors import CardDiffers, CardOutdated
from app.logistics.freight.models import RateCardVersion
from app.logistics.freight.queries import cards as queries
from app.logistics.freight.schemas.cards import RateCardIn
from app.logistics.freight.states import CardState
from app.logistics.freight.tariffs import TARIFF, card_errors, digest_of


@dataclass(frozen=True, slots=True)
class RefusedCard:
    """A card that does not stand, by its place in the batch."""

    index: int
    reference: str | None
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a batch: how many versions are new, how many stood already, which are refused."""

    accepted: int
    known: int
    refused: tuple[RefusedCard, ...]


DIFFERS = FieldError("/version", CardDiffers.code, CardDiffers.detail)
TWICE = FieldError("/reference", "reference-twice", N_("This card stands in the batch before, in another version."))


async def upload_card(session: AsyncSession, actor: Actor, form: RateCardIn) -> tuple[RateCardVersion, bool]:
    """(the version, whether it is new). Raises `Invalid`, `CardDiffers`, `CardOutdated`."""
    errors = card_errors(form)
    if errors:
        raise Invalid(errors=errors)
    await queries.lock_cards(session, actor.organization_id)
    key = (form.reference, form.version)
    before = (await queries.versions(session, actor.organization_id, [key])).get(key)
    if before is not None:
        if before.digest != digest_of(form):
            raise CardDiffers()
        return before, False
    newest = (await queries.newest(session, actor.organization_id, [form.reference])).get(form.reference, 0)
    if newest > form.version:
        raise CardOutdated(version=newest)
    await _keep(session, actor, [form])
    return (await queries.versions(session, actor.organization_id, [key]))[key], True


async def upload_cards(session: AsyncSession, actor: Actor, batch: Sequence[Any]) -> Uploaded:
    """Keep the sound cards of a batch; whoever sends it again changes nothing."""
    forms, refused = _read(batch)
    await queries.lock_cards(session, actor.organization_id)
    partner_id = actor.organization_id
    keys = {(form.reference, form.version) for form in forms.values()}
    known = await queries.versions(session, partner_id, keys) if keys else {}
    newest = await queries.newest(session, partner_id, {one[0] for one in keys}) if keys else {}
    fresh: dict[str, RateCardIn] = {}
    stood = 0
    for index, form in forms.items():
        error = _against(form, fresh, known, newest)
        before = known.get((form.reference, form.version))
        if error is not None:
            refused.append(RefusedCard(index, form.reference, (error,)))
        elif before is not None or form.reference in fresh:
            stood += 1
        else:
            fresh[form.reference] = form
    await _keep(session, actor, list(fresh.values()))
    return Uploaded(len(fresh), stood, tuple(sorted(refused, key=lambda one: one.index)))


def _read(batch: Sequence[Any]) -> tuple[dict[int, RateCardIn], list[RefusedCard]]:
    """The sound cards by their place, and the others."""
    forms: dict[int, RateCardIn] = {}
    refused = []
    for index, item in enumerate(batch):
        named = item.get("reference") if isinstance(item, Mapping) else None
        reference = named[:80] if isinstance(named, str) else None
        try:
            form = RateCardIn.model_validate(item)
        except ValidationError as error:
            refused.append(RefusedCard(index, reference, from_validation(error).errors))
            continue
        errors = card_errors(form)
        if errors:
            refused.append(RefusedCard(index, reference, tuple(errors)))
        else:
            forms[index] = form
    return forms, refused


def _against(
    form: RateCardIn,
    fresh: Mapping[str, RateCardIn],
    known: Mapping[tuple[str, int], RateCardVersion],
    newest: Mapping[str, int],
) -> FieldError | None:
    """What keeps a sound card out, if anything: a version is one card, and versions rise."""
    before = known.get((form.reference, form.version))
    if before is not None:
        return None if before.digest == digest_of(form) else DIFFERS
    twin = fresh.get(form.reference)
    if twin is not None and digest_of(twin) != digest_of(form):
        return DIFFERS if twin.version == form.version else TWICE
    last = newest.get(form.reference, 0)
    return (
        FieldError("/version", CardOutdated.code, CardOutdated.detail, {"version": last})
        if last > form.version
        else None
    )


async def _keep(session: AsyncSession, actor: Actor, forms: Sequence[RateCardIn]) -> None:
    """Replace what is current of these cards by new versions."""
    if not forms:
        return
    await queries.end_current(session, actor.organization_id, (one.reference for one in forms), CardState.REPLACED)
    rows = []
    for form in forms:
        values = form.model_dump(mode="json")
        tariff = {name: values[name] for name in TARIFF}
        columns = form.model_dump(exclude=set(TARIFF))
        rows.append(
            columns | {"id": new_id(), "partner_id": actor.organization_id, "tariff": tariff, "digest": digest_of(form)}
        )
    await queries.insert_cards(session, rows)
    after = {"cards": [{"reference": one.reference, "version": one.version} for one in forms]}
    await audit.record(session, actor, "rate_card.upload", "rate_card", None, after=after)


async def withdraw_card(session: AsyncSession, actor: Actor, card_id: UUID) -> RateCardVersion:
    """A card that nobody is quoted of any more; quotes that were made of it stand. A second time changes nothing."""
    await queries.lock_cards(session, actor.organization_id)
    row = await queries.card(session, card_id)
    if row is None:
        raise NotFound()
    if row.state == CardState.CURRENT:
        await queries.end_current(session, actor.organization_id, [row.reference], CardState.WITHDRAWN)
        await session.refresh(row)
        await audit.record(session, actor, "rate_card.withdraw", "rate_card", row.id)
    return row
