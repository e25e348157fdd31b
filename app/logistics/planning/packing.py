"""Tasks and plans as JSON values: what the database keeps and what goes to the process that searches. Pure.

A task holds its load spaces with their measures, not by type: a plan stays what it was when the figures of a type are corrected.
A plan names boxes and load spaces by their place in the task.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from app.logistics.loading.cargo import BoxType, LeftOver, Load, LoadSpace, Placed, Plan, Reason, Turn


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be loaded, and the load spaces in the order in which they are filled."""

    boxes: tuple[BoxType, ...]
    spaces: tuple[LoadSpace, ...]


_TASK = TypeAdapter(Task)


def task_values(task: Task) -> dict[str, Any]:
    """A task as JSON values."""
    return dict(_TASK.dump_python(task, mode="json"))


def read_task(values: Mapping[str, Any]) -> Task:
    """A task from its JSON values. Raises ValueError for what is none."""
    return _TASK.validate_python(values)


def plan_values(plan: Plan, task: Task) -> dict[str, Any]:
    """A plan as JSON values."""
    kinds = {box: place for place, box in enumerate(task.boxes)}
    loads = []
    at = 0
    for load in plan.loads:
        # Load spaces that stay empty are not in the plan; those that are alike are one as good as the other.
        while task.spaces[at] != load.space:
            at += 1
        rows = [[kinds[one.box], one.number, one.x_mm, one.y_mm, one.z_mm, one.turn.value] for one in load.placed]
        loads.append({"space": at, "placed": rows})
        at += 1
    left = [[kinds[one.box], one.count, one.reason.value] for one in plan.left_over]
    return {"loads": loads, "left_over": left}


def read_plan(values: Mapping[str, Any], task: Task) -> Plan:
    """A plan from its JSON values. Raises ValueError, LookupError or TypeError for what is none of this task."""
    loads = tuple(
        Load(
            task.spaces[each["space"]],
            tuple(
                Placed(task.boxes[kind], number, x, y, z, Turn(turn)) for kind, number, x, y, z, turn in each["placed"]
            ),
        )
        for each in values["loads"]
    )
    left = tuple(LeftOver(task.boxes[kind], count, Reason(reason)) for kind, count, reason in values["left_over"])
    return Plan(loads, left)
