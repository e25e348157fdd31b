"""What it means to come too late, or too early."""

from datetime import datetime

from app.kit.errors import Labelled
from app.pooling.errors import CampaignClosed
from app.pooling.models import Campaign
from app.pooling.rules import shown_state
from app.pooling.states import CAMPAIGN_STATE_LABELS


def closed(row: Campaign, *, now: datetime) -> CampaignClosed:
    """That a campaign takes nothing: not yet, or not any more."""
    state = shown_state(row.state, row.closes_at, now=now, competition=row.competition)
    return CampaignClosed(closes_at=row.closes_at, state=Labelled.of(state, CAMPAIGN_STATE_LABELS))
