"""What the procurement room does on events, by what they speak of."""

from app.procurement.reactions import buyers, invitations, orders, payments, releases, responses

__all__ = ["buyers", "invitations", "orders", "payments", "releases", "responses"]
