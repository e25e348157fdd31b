"""Packages and documents of shipments."""
