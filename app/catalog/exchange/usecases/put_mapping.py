"""Remember what a supplier's own column names mean."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.exchange import mapping, queries
from app.catalog.exchange.errors import ImportWithoutColumns
from app.catalog.exchange.models import ListingImportRun
from app.catalog.exchange.schemas import MappingIn
from app.kit import audit
from app.kit.actor import Actor
from app.kit.errors import FieldError, Invalid, NotFound
from app.kit.etags import require_version
from app.kit.locales import N_


async def put_mapping(
    session: AsyncSession, actor: Actor, import_id: UUID, form: MappingIn, *, expected_version: int | None
) -> ListingImportRun:
    """Keep header → field for the line of headers of this import's file; later imports of such files go by it.

    Raises `NotFound`, `PreconditionFailed`, `ImportWithoutColumns`, `Invalid`.
    """
    run = await queries.lock(session, actor.organization_id, import_id)
    if run is None:
        raise NotFound()
    require_version(run.version, expected_version)
    if run.signature is None or run.columns is None:
        raise ImportWithoutColumns()
    known = {column["header"]: column for column in run.columns}
    said: dict[str, str | None] = {}
    errors = []
    for header, key in form.columns.items():
        pointer = "/columns/" + header.replace("~", "~0").replace("/", "~1")
        said[header] = mapping.key_said(key) if key is not None else None
        if key is not None and said[header] is None:
            message = N_("There is no such column. The template of a category names all there are.")
            errors.append(FieldError(pointer, "unknown-column", message))
        if header not in known:
            errors.append(FieldError(pointer, "unknown-header", N_("The file has no column of this name.")))
    if errors:
        raise Invalid(errors=errors)
    await queries.put_mapping(session, actor.organization_id, run.signature, said)
    run.columns = [
        {**column, "keys": [key] if (key := said[column["header"]]) else [], "how": "mapped"}
        if column["header"] in said
        else column
        for column in run.columns
    ]
    run.version += 1
    await session.flush()
    await audit.record(session, actor, "listing_import.map", "listing_import", import_id, after={"columns": said})
    return run
