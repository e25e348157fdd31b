"""What is refused about load plans."""

from app.kit.errors import Problem
from app.kit.locales import N_


class LoadPlansWaiting(Problem):
    """An organization has as many unfinished plans as it may have."""

    code = "load-plans-waiting"
    status = 409
    title = N_("Too many load plans are waiting")
    detail = N_(
        "Your organization has {most} load plans that are not finished. Wait until one is, or cancel one that you no "
        "longer need."
    )


class LoadPlanEnded(Problem):
    """Only a plan that waits or is being worked out can be cancelled."""

    code = "load-plan-ended"
    status = 409
    title = N_("This load plan has ended")
    detail = N_("Its state is “{state}”. There is nothing left to cancel.")


class LoadPlanNotDone(Problem):
    """There is nothing to draw yet, or never will be."""

    code = "load-plan-not-done"
    status = 409
    title = N_("There is no plan to be drawn")
    detail = N_("The state of the load plan is “{state}”. Only a finished plan has a drawing.")
