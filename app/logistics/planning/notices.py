"""What is told to who asked for a load plan."""

from app.kit.locales import N_
from app.messages.facade import register_notice

DONE = "logistics.load_plan_done"
FAILED = "logistics.load_plan_failed"

register_notice(
    DONE,
    subject=N_("Your load plan is ready: {name}"),
    body=N_(
        "The load plan “{name}” is ready: {loaded} of {boxes} boxes are loaded, in {spaces_used} load spaces, which "
        "are filled to {volume_use_pct} % of their volume."
    ),
    path="/load-plans/{load_plan_id}",
)
register_notice(
    FAILED,
    subject=N_("Your load plan failed: {name}"),
    body=N_("No plan was found for “{name}”. {reason}"),
    path="/load-plans/{load_plan_id}",
)
