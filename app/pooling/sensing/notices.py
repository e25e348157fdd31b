"""What people are told about demand that many share. Nobody is told who the others are."""

from app.kit.locales import N_
from app.messages.facade import register_notice

INVITED = "pooling.demand_invited"

register_notice(
    INVITED,
    subject=N_("Campaign {number} buys together what you asked for"),
    body=N_(
        "Campaign {number}, “{title}”, is for something that your organization and at least four others asked for this quarter. "
        "Commitments are taken until {closes_at}. Nobody was told that your organization is one of them."
    ),
    path="/campaigns/{campaign_id}",
)
