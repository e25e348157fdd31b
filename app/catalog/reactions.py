"""What the catalogue does on others' news: public documents follow the texts and what is known of their supplier."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog import queries
from app.catalog.publication import refresh_listings_of, refresh_public
from app.catalog.states import ProductState
from app.documents import facade as documents
from app.documents.events import DocumentScanned, RenditionsMade
from app.kit.db.tenancy import acting_for
from app.kit.outbox import Told, reaction
from app.language.events import TextChanged, TranslationRecorded
from app.parties.events import CertificatesChanged, OrganizationVerified


async def _refresh(session: AsyncSession, supplier_id: UUID, product_id: UUID) -> None:
    product = await queries.product_of(session, supplier_id, product_id, lock=True)
    if product is not None and product.state == ProductState.PUBLISHED:
        await refresh_public(session, product)


async def is_about_a_listing(_: AsyncSession, told: Told) -> bool:
    """Most texts are of something else."""
    return bool(told.event.entity_kind == "product")


@reaction(TextChanged, TranslationRecorded, name="catalog.show_new_texts", asked=is_about_a_listing)
async def show_new_texts(session: AsyncSession, told: Told) -> None:
    """A listing's text was changed or translated: its public document shows it."""
    for organization_id in told.organization_ids:
        async with acting_for(session, organization_id):
            await _refresh(session, organization_id, told.event.entity_id)


@reaction(OrganizationVerified, CertificatesChanged, name="catalog.show_supplier")
async def show_supplier(session: AsyncSession, told: Told) -> None:
    """The supplier got or lost the badge or a certificate: all its public documents show it."""
    supplier_id = told.event.organization_id
    async with acting_for(session, supplier_id):
        await refresh_listings_of(session, supplier_id)


@reaction(DocumentScanned, RenditionsMade, name="catalog.show_media")
async def show_media(session: AsyncSession, told: Told) -> None:
    """A drawing was checked or a picture's renditions were made: the listings that show it show it now."""
    supplier_id = told.event.organization_id
    async with acting_for(session, supplier_id):
        for product_id in sorted(await documents.things_of(session, told.event.document_id, "product")):
            await _refresh(session, supplier_id, product_id)
