"""Stock is counted and brought right, and moved between the warehouses of one keeper."""
