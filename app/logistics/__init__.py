"""Freight: rates, bookings, shipments, tracking, load plans; the partners' API."""
