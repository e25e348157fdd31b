"""The demo market's demand side: buyers, mould shops, logistics partners, the operator and their inquiries, as plain data."""

from app.demo.inquiries.loader import (
    attachment_path,
    load_buyers,
    load_inquiries,
    load_operator,
    load_partners,
    load_shops,
    load_tour_inquiry,
    quote_note,
)

__all__ = [
    "attachment_path",
    "load_buyers",
    "load_inquiries",
    "load_operator",
    "load_partners",
    "load_shops",
    "load_tour_inquiry",
    "quote_note",
]
