"""Ask for a file of listings to be taken over."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.definitions import categories
from app.catalog.exchange.jobs import want_import
from app.catalog.exchange.models import ListingImportRun
from app.catalog.exchange.schemas import ListingImportIn
from app.catalog.exchange.states import FORMAT_OF_KIND
from app.documents import facade as documents
from app.kit import audit
from app.kit.actor import Actor, Permission
from app.kit.errors import FieldError, Invalid
from app.kit.ids import new_id
from app.kit.locales import N_
from app.parties import facade as parties


async def start_import(session: AsyncSession, actor: Actor, form: ListingImportIn) -> ListingImportRun:
    """Record the import, attach its document, and defer its job. Raises `Invalid`, `DocumentRefused`."""
    if form.default_category is not None and form.default_category not in categories():
        message = N_("There is no such category. Look at the list of categories.")
        raise Invalid(errors=[FieldError("/default_category", "unknown-category", message)])
    import_id = new_id()
    try:
        refs = await documents.attach(session, actor, [form.document_id], entity=("listing_import", import_id))
    except (Invalid, documents.DocumentRefused) as refused:
        # The document stands in a field of its own here.
        raise type(refused)(
            errors=[FieldError("/document_id", one.code, one.message, one.params) for one in refused.errors]
        ) from None
    name = refs[0].filename
    file_format = FORMAT_OF_KIND.get(name.rpartition(".")[2].casefold())
    if file_format is None:
        message = N_("Name a CSV, XLSX or BMEcat (XML) file.")
        raise Invalid(errors=[FieldError("/document_id", "no-listings-file", message)])
    supplier = (await parties.organizations(session, [actor.organization_id]))[actor.organization_id]
    run = ListingImportRun(
        id=import_id,
        supplier_id=actor.organization_id,
        document_id=form.document_id,
        filename=name,
        format=file_format.value,
        dry_run=form.dry_run,
        default_category=form.default_category,
        default_locale=form.source_locale or supplier.locale,
        encoding=form.encoding,
        person_id=actor.person_id,
        client_id=actor.client_id,
        may_translate=actor.may(Permission.TRANSLATE),
    )
    session.add(run)
    await session.flush()
    await session.refresh(run)
    after = {"document": str(form.document_id), "format": run.format, "dry_run": run.dry_run}
    await audit.record(session, actor, "listing_import.start", "listing_import", run.id, after=after)
    await want_import(session, run.supplier_id, run.id)
    return run
