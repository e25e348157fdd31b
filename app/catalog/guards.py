"""Who may pass: suppliers to their own listings, and those of them who may edit to changing them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.catalog import queries
from app.kit.actor import Actor, CurrentActor, Permission, permitted
from app.kit.db.session import Session
from app.kit.errors import NotFound

Editor = Annotated[Actor, Depends(permitted(Permission.CATALOG_EDIT))]


async def own_product(product_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """404 for another supplier's listing before 403 for a colleague without the permission."""
    if await queries.product_of(session, actor.organization_id, product_id) is None:
        raise NotFound()
    actor.require(Permission.CATALOG_EDIT)
    return actor


async def own_variant(variant_id: UUID, actor: CurrentActor, session: Session) -> Actor:
    """The same for a variant."""
    if await queries.variant_of(session, actor.organization_id, variant_id) is None:
        raise NotFound()
    actor.require(Permission.CATALOG_EDIT)
    return actor


Keeper = Annotated[Actor, Depends(own_product)]
VariantKeeper = Annotated[Actor, Depends(own_variant)]
