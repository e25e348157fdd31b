"""Tracking: DCSA-shaped events in, one account of the shipment out."""
