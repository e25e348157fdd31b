"""Write what a supplier says of itself."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid
from app.kit.etags import require_version
from app.kit.ids import new_id
from app.kit.locales import N_
from app.language import facade as language
from app.parties import supplier_terms
from app.parties.queries import suppliers as queries
from app.parties.schemas.suppliers import MachineIn, SupplierProfileIn
from app.parties.supplier_views import DESCRIPTION, ENTITY
from app.parties.usecases.keep_certificates import lock_supplier


async def edit_supplier_profile(
    session: AsyncSession, actor: Actor, form: SupplierProfileIn, *, expected_version: int | None
) -> int:
    """Replace the profile with its machines; its new version.

    Raises `NotASupplier`, `PreconditionFailed`, `Invalid` with everything that is wrong.
    """
    organization = await lock_supplier(session, actor.organization_id)
    before = (await queries.profiles(session, [organization.id])).get(organization.id)
    require_version(before.version if before else 0, expected_version)
    errors = _errors(form)
    texts = {one.locale: one for one in await language.texts_of(session, (ENTITY, organization.id))}
    if form.source_locale not in form.texts and (form.texts or texts):
        message = N_("Give the texts in the source language {locale}.")
        errors.append(FieldError("/texts", "source-missing", message, {"locale": form.source_locale}))
    if errors:
        raise Invalid(errors=errors)
    values = form.model_dump(exclude={"texts", "machines"})
    values |= {name: list(dict.fromkeys(values[name])) for name in ("capabilities", "languages")}
    known = {name: getattr(before, name) for name in values} if before else None
    version = await queries.put_profile(session, organization.id, values)
    await queries.replace_machines(session, organization.id, _machines(organization.id, form.machines))
    await _keep_texts(session, actor, form, texts, published=organization.listed)
    after = {**values, "machines": len(form.machines), "texts": sorted(form.texts)}
    await audit.record(session, actor, "supplier_profile.edit", ENTITY, organization.id, before=known, after=after)
    return version


def _machines(organization_id: UUID, machines: list[MachineIn]) -> list[dict[str, Any]]:
    return [
        {
            **machine.model_dump(exclude={"figures"}),
            "id": new_id(),
            "organization_id": organization_id,
            "position": position,
            "figures": {code: format(value.normalize(), "f") for code, value in machine.figures.items()},
        }
        for position, machine in enumerate(machines)
    ]


async def _keep_texts(
    session: AsyncSession,
    actor: Actor,
    form: SupplierProfileIn,
    before: dict[str, language.TextVersion],
    *,
    published: bool,
) -> None:
    """The source first. A translation that is sent unchanged is left alone: if its source changed, it stays stale."""
    entity = (ENTITY, actor.organization_id)
    if form.source_locale in form.texts:
        await language.keep_text(
            session,
            owner_id=actor.organization_id,
            entity=entity,
            field=DESCRIPTION,
            locale=form.source_locale,
            text=form.texts[form.source_locale],
            published=published,
        )
    for locale in sorted(form.texts):
        known = before.get(locale)
        if locale != form.source_locale and (known is None or known.text != form.texts[locale]):
            written = language.TranslationWritten(text=form.texts[locale])
            await language.put_translation(session, actor, entity, DESCRIPTION, locale, written)


def _errors(form: SupplierProfileIn) -> list[FieldError]:
    """What is not in the terms, each under its place."""
    unknown = N_("This is none of the codes that suppliers describe themselves by. Look at the list of terms.")
    errors = [
        FieldError(f"/capabilities/{position}", "unknown-value", unknown)
        for position, code in enumerate(form.capabilities)
        if code not in supplier_terms.capabilities()
    ]
    errors += [
        FieldError(f"/languages/{position}", "unknown-language", N_("This is no code of a language (ISO 639)."))
        for position, code in enumerate(form.languages)
        if code not in supplier_terms.spoken_languages()
    ]
    for position, machine in enumerate(form.machines):
        kind = supplier_terms.machine_kinds().get(machine.kind)
        if kind is None:
            errors.append(FieldError(f"/machines/{position}/kind", "unknown-value", unknown))
            continue
        message = N_("This kind of machine has no such figure. Give of: {expected}.")
        errors += [
            FieldError(
                f"/machines/{position}/figures/{code}",
                "unknown-figure",
                message,
                {"expected": ", ".join(kind.figures)},
            )
            for code in machine.figures
            if code not in kind.figures
        ]
    return errors
