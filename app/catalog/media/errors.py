"""Refusals about a listing's pictures and drawings."""

from app.kit.errors import Problem
from app.kit.locales import N_


class TooManyMedia(Problem):
    """A listing with more pictures and drawings than anybody would look at."""

    code = "too-many-media"
    status = 409
    title = N_("The listing has too many pictures and drawings")
    detail = N_(
        "A listing shows at most {limit}, addresses that are still being fetched included. Take some away first."
    )
