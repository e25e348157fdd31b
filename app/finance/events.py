"""News of this room that deals listen to; each is announced by one of its parts."""

from app.finance.schedules.events import MilestoneThawed, SilenceAccepted

__all__ = ["MilestoneThawed", "SilenceAccepted"]
