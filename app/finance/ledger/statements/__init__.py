"""Statements of account as files: CSV, XLSX, PDF, in the reader's language."""
