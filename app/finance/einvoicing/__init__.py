"""Invoices as EN 16931 describes them: their sums, their XML, the official rules that judge it. No table, session or clock."""
