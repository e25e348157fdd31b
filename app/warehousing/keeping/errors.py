"""What counts and transfers refuse."""

from app.kit.errors import Problem
from app.kit.locales import N_


class BinsBeingCounted(Problem):
    """A bin is in one running count at most."""

    code = "bins-being-counted"
    status = 409
    title = N_("Another count has these bins")
    detail = N_("Nothing was opened. Approve or cancel the other count first, or leave these bins out: {bins}.")


class CountStateConflict(Problem):
    """What a count's state does not allow."""

    code = "count-state-conflict"
    status = 409
    title = N_("The count does not allow this now")
    detail = N_(
        "The count is at “{state}”. Only a running count is entered or cancelled, and only what is counted is approved."
    )


class CountOutdated(Problem):
    """The books have changed since a bin was counted: nobody can tell what the difference is now. `errors` names the bins."""

    code = "count-outdated"
    status = 409
    title = N_("Stock has moved since it was counted")
    detail = N_("Nothing was posted. Count the bins named below again, then approve.")


class CountShort(Problem):
    """What is missing is reserved. `errors` says of each line which reservations would be short."""

    code = "count-short"
    status = 409
    title = N_("What is missing is reserved")
    detail = N_(
        "Nothing was posted. Look for the goods again, or approve with `backorder_reserved`: what was reserved last then "
        "waits for stock."
    )


class CountApprovedByPeople(Problem):
    """A difference is answered for by a person."""

    code = "count-approved-by-people"
    status = 403
    title = N_("Only people approve counts")
    detail = N_("An API client may count. Differences are posted when a person has approved them.")


class TransferStateConflict(Problem):
    """What a transfer's state does not allow."""

    code = "transfer-state-conflict"
    status = 409
    title = N_("The transfer does not allow this now")
    detail = N_(
        "The transfer is at “{state}”. What is planned is sent off or cancelled; what is in transit is received or given up."
    )
