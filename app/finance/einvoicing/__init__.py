"""Invoices as EN 16931 describes them: their sums, their XML, and the official rules that judge it. No table, no session, no clock."""
