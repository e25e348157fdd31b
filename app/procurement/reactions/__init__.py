"""What the procurement room does on events, by what they speak of."""

from app.procurement.reactions import buyers, invitations, releases

__all__ = ["buyers", "invitations", "releases"]
