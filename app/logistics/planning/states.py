"""Words of load plans: their states, and why one could not be found."""

from enum import StrEnum

from app.kit.locales import N_, NP_


class PlanState(StrEnum):
    """Queued → solving → done or failed; cancelled before that. Solving begins again when a worker died."""

    QUEUED = "queued"
    SOLVING = "solving"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


PLAN_STATE_LABELS = {
    PlanState.QUEUED: NP_("load plan state", "Queued"),
    PlanState.SOLVING: NP_("load plan state", "Being worked out"),
    PlanState.DONE: NP_("load plan state", "Done"),
    PlanState.FAILED: NP_("load plan state", "Failed"),
    PlanState.CANCELLED: NP_("load plan state", "Cancelled"),
}

OPEN_STATES = (PlanState.QUEUED, PlanState.SOLVING)


class Failure(StrEnum):
    """Why there is no plan."""

    RULES_BROKEN = "rules-broken"
    OUT_OF_TIME = "out-of-time"
    SOLVER_FAILED = "solver-failed"
    INTERRUPTED = "interrupted"


FAILURE_TEXTS: dict[Failure, str] = {
    Failure.RULES_BROKEN: N_(
        "The plan that was found breaks a rule, so it is not given out. Tell us of it, with the number of this plan."
    ),
    Failure.OUT_OF_TIME: N_("The work took far longer than allowed. Ask for fewer boxes or fewer load spaces at once."),
    Failure.SOLVER_FAILED: N_(
        "The computation ended without a result. Ask again; if it fails once more, tell us of it."
    ),
    Failure.INTERRUPTED: N_("The computation was interrupted too often. Ask again."),
}
