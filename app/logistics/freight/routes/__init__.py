"""Routes of freight, by what they speak of."""

from app.logistics.freight.routes import cards, consolidations, inquiries, quotes

routers = [cards.router, quotes.router, inquiries.router, consolidations.router]
