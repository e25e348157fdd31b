"""Files of listings as rows, one after the other, never as a whole. Every reader yields `Row`s with the cells as texts."""
