"""Warehouses and what lies in them: bins, lots and serials, the stock ledger, reservations."""
