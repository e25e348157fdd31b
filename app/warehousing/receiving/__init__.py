"""Goods coming in: announced, received with their differences, put away, inspected."""
