"""A medium as it stands in the public document. Pure."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from app.documents import facade as documents


def public_medium(ref: documents.DocumentRef, alts: Mapping[str, str]) -> dict[str, Any]:
    """A picture or drawing that everybody may open. A picture's addresses name its version, so they never change their
    content; their format is what the reader's program accepts."""
    medium: dict[str, Any] = {
        "id": str(ref.id),
        "filename": ref.filename,
        "media_type": ref.media_type,
        "url": f"/v1/media/{ref.id}?v={ref.sha256[:16]}",
        "width_px": None,
        "height_px": None,
        "alt": dict(sorted(alts.items())),
        "renditions": [],
    }
    picture = ref.picture
    if not ref.is_picture or picture is None:
        return medium
    at = f"/v1/media/{ref.id}?v={picture.version}"
    return {
        **medium,
        "filename": f"{PurePosixPath(ref.filename).stem}.jpg",
        "media_type": "image/jpeg",
        "url": at,
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "renditions": [
            {"width_px": one.width_px, "height_px": one.height_px, "url": f"{at}&width={one.fits_px}"}
            for one in picture.renditions
        ],
    }
