"""Routes of the procurement room, by what they speak of."""

from app.procurement.routes import comparison, inquiries, invitations, questions, quotes

routers = [inquiries.router, invitations.router, questions.router, quotes.router, comparison.router]
