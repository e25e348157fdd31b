"""Draws the parts and drawings that the demo market attaches to its inquiries (`python -m app.demo.drawing`)."""
