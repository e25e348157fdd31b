"""The pages, by what their reader is about."""

from fastapi import FastAPI

from app.web.routes import (
    access,
    basket,
    campaign_results,
    campaigns,
    catalogue,
    disputes,
    financing,
    front,
    inquiries,
    invoices,
    links,
    money,
    open_items,
    orders,
    payments,
    payouts,
    sitemaps,
    suppliers,
)

routers = [
    front.bare,
    front.router,
    sitemaps.router,
    catalogue.router,
    suppliers.router,
    basket.router,
    inquiries.router,
    payments.router,
    orders.router,
    invoices.router,
    open_items.router,
    payouts.router,
    financing.router,
    campaigns.router,
    campaign_results.router,
    disputes.router,
    money.router,
    access.router,
    links.bare,
    links.router,
    front.misspelt,
]


def install(app: FastAPI) -> None:
    """Add the pages to the application."""
    for router in routers:
        app.include_router(router)
