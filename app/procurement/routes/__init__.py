"""Routes of the procurement room, by what they speak of."""

from app.procurement.routes import (
    awards,
    comparison,
    inquiries,
    invitations,
    invoices,
    milestones,
    orders,
    questions,
    quotes,
)

routers = [
    inquiries.router,
    invitations.router,
    questions.router,
    quotes.router,
    comparison.router,
    awards.router,
    orders.router,
    milestones.router,
    invoices.router,
]
