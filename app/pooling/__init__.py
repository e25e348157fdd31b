"""Centralized purchasing: many small buyers, one strong order."""
