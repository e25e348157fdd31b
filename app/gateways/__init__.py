"""Everything outside the process: a Protocol, a real implementation and a local one for each neighbour."""
