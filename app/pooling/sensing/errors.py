"""What demand sensing refuses."""

from app.kit.errors import Problem
from app.kit.locales import N_


class SuggestionEnded(Problem):
    """Nobody knows whether anybody still asks for it."""

    code = "demand-suggestion-ended"
    status = 409
    title = N_("This suggestion does not stand any more")
    detail = N_("The demand has changed since. Look at the suggestions that stand now.")


class CampaignForDemandDrafted(Problem):
    """Those who asked are invited once by the same lead."""

    code = "demand-campaign-exists"
    status = 409
    title = N_("You have a campaign for this suggestion already")
    detail = N_("An organization makes one campaign of a suggestion. Go on with yours.")
