"""Demand is sensed: what many buyers ask for alike, told without telling who."""
