"""The storefront: server-rendered pages over the rooms' facades."""
