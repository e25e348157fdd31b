"""Packages and documents as their readers see them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.documents import facade as documents
from app.documents.facade import DocumentRef
from app.kit.locales import current_locale
from app.kit.schemas import Labelled, labelled
from app.logistics import queries as shipments
from app.logistics.incidents import OWNER_LABELS, Owner
from app.logistics.models import Shipment
from app.logistics.papers.models import Cargo, ShipmentPackage, ShipmentPaper
from app.logistics.papers.schemas import CargoOut, PaperFileOut, ShipmentDocumentOut, ShipmentPackageOut
from app.logistics.papers.states import AUDIENCE_LABELS, PAPER_TYPE_LABELS
from app.reference import facade as reference

NOTHING = CargoOut(lines=0, pieces=0, gross_mass_kg=0, volume_m3=0, version=0)  # type: ignore[arg-type]


def cargo_out(row: Cargo | None) -> CargoOut:
    """What the packages come to; nothing before any was told."""
    return CargoOut.model_validate(row) if row else NOTHING


def packages_out(rows: Sequence[ShipmentPackage]) -> list[ShipmentPackageOut]:
    """Packages in the order of the packing list."""
    locale = current_locale()
    found = []
    for row in rows:
        values = {name: getattr(row, name) for name in ShipmentPackageOut.model_fields if hasattr(row, name)}
        kind = Labelled(code=row.package_type, label=reference.package_type_name(row.package_type, locale))
        total = row.pieces * row.gross_mass_kg
        found.append(ShipmentPackageOut(**values | {"package_type": kind, "total_mass_kg": total}))
    return found


async def papers_out(
    session: AsyncSession, shipment: Shipment, rows: Sequence[ShipmentPaper]
) -> list[ShipmentDocumentOut]:
    """Documents, in as many statements for many as for one."""
    if not rows:
        return []
    files = await documents.refs(session, [row.document_id for row in rows])
    legs = {leg.id: leg.leg for leg in await shipments.carried_legs(session, shipment.id)}
    return [_paper_out(row, files.get(row.document_id), legs.get(row.booking_id)) for row in rows]  # type: ignore[arg-type]


def _paper_out(row: ShipmentPaper, file: DocumentRef | None, leg: int | None) -> ShipmentDocumentOut:
    by = Owner.SHIPPER if row.owner_id == row.shipper_id else Owner.CARRIER
    values = {name: getattr(row, name) for name in ShipmentDocumentOut.model_fields if hasattr(row, name)}
    return ShipmentDocumentOut(
        **values
        | {
            "type": labelled(row.type, PAPER_TYPE_LABELS),
            "audience": labelled(row.audience, AUDIENCE_LABELS),
            "attached_by": labelled(by, OWNER_LABELS),
            "leg": leg,
            "file": _file_out(file) if file else None,
        }
    )


def _file_out(file: DocumentRef) -> PaperFileOut:
    values = {name: getattr(file, name) for name in PaperFileOut.model_fields}
    return PaperFileOut(**values | {"scan_state": labelled(file.scan_state, documents.SCAN_STATE_LABELS)})
