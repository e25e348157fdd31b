"""The demo market, the tour through it, and the launcher that shows both on one machine."""
