"""Reverse auctions of campaigns. See README.md."""
