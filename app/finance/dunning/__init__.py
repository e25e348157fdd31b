"""Reminders: whoever lets invoices become overdue is written to, step by step."""
