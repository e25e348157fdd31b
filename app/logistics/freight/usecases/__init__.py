"""The verbs of freight."""
