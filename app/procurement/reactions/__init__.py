"""What the procurement room does on events, by what they speak of."""

from app.procurement.reactions import buyers, invitations, orders, releases, responses

__all__ = ["buyers", "invitations", "orders", "releases", "responses"]
