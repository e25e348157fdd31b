"""What the catalogue announces."""

from uuid import UUID

from app.kit.outbox import Event


class ProductPublished(Event, name="catalog.product_published.v1", subject=("product", "product_id")):
    """A listing is public, or its public document changed."""

    product_id: UUID
    supplier_id: UUID
    category_code: str


class ProductWithdrawn(Event, name="catalog.product_withdrawn.v1", subject=("product", "product_id")):
    """A listing is no longer public (archived, or a draft again)."""

    product_id: UUID
    supplier_id: UUID


class ListingsImported(Event, name="catalog.listings_imported.v1", subject=("organization", "supplier_id")):
    """Many listings of a supplier came at once; `published` of them are public. No event tells of each."""

    supplier_id: UUID
    listings: int
    published: int


class ListingsRefreshed(Event, name="catalog.listings_refreshed.v1", subject=("organization", "supplier_id")):
    """Something that all public documents of a supplier show has changed; in `listings` of them. No event tells of each."""

    supplier_id: UUID
    listings: int


class ListingImportMoved(Event, name="catalog.listing_import_moved.v1", subject=("listing_import", "import_id")):
    """An import of listings began, came a quarter further, or ended."""

    import_id: UUID
    supplier_id: UUID
    state: str
    dry_run: bool
    rows_total: int | None
    rows_read: int
    rows_accepted: int
    rows_refused: int
    rows_unchanged: int
    products_created: int
    products_changed: int
