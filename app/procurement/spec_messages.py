"""What is wrong or unwise in a mould's description, in words. The codes are those of `mould_spec`."""

from collections.abc import Mapping
from typing import Any

from app.kit.errors import FieldError
from app.kit.locales import N_, current_locale, translate
from app.procurement.mould_spec import SpecProblem
from app.procurement.schemas.common import AdviceOut

_MESSAGES: dict[str, str] = {
    "unknown_field": N_("This field is not in the data dictionary of moulds. Remove it or check its spelling."),
    "required": N_("This field is required to describe the mould."),
    "not_a_number": N_("Give a number."),
    "not_an_integer": N_("Give a whole number."),
    "out_of_range": N_("Give a value between {minimum} and {maximum}."),
    "unknown_value": N_("Choose one of: {allowed}."),
    "not_a_list": N_("Give a list."),
    "too_many_values": N_("Give at most {maximum} entries."),
    "repeated_value": N_("Name each value once."),
    "not_a_boolean": N_("Give true or false."),
    "not_a_text": N_("Give a text."),
    "unreadable_text": N_("The text has characters that cannot be stored."),
    "empty_text": N_("Give a text, or leave the field out."),
    "text_too_long": N_("Give at most {max_length} characters."),
    "cavities_malformed": N_("Write the cavities as 4, 2x4, 1+1, or as the family's parts with their counts."),
    "cavities_out_of_range": N_("A mould has between 1 and {maximum} cavities."),
    "not_for_process": N_("This field does not apply to the chosen process."),
    "wall_max_below_nominal": N_("The largest wall cannot be thinner than the nominal wall of {wall_nominal_mm} mm."),
    "press_height_max_below_min": N_("The press's largest mould height cannot be below its smallest of {minimum} mm."),
    "mould_height_outside_press": N_("The mould's height does not fit the press ({minimum} to {maximum} mm)."),
    "mould_wider_than_tie_bars": N_("The mould does not pass between the tie bars ({tie_bar_distance_mm} mm apart)."),
    "needs_hot_runner": N_("This needs a hot runner."),
    "runner_contradicts_construction": N_("A hot-runner construction needs a hot runner here."),
    "valve_gate_needs_valve_runner": N_("A valve gate needs a hot runner with valve gates."),
    "family_with_one_part": N_("A family mould makes different parts. Write them with a plus, such as 1+1."),
    "life_above_class": N_("This mould class is made for at most {maximum} shots."),
    "hardness_below_class": N_("This mould class asks for at least {minimum} HRC."),
    "none_with_others": N_("“None” cannot stand beside other values."),
    "shot_volume_too_small": N_("All cavities together need at least {needed_cm3} cm³."),
    "steel_softer_than_class": N_(
        "This steel usually reaches {usual} HRC; the mould class asks for at least {minimum} HRC."
    ),
    "clamp_force_low": N_("The projected area suggests at least {needed_kn} kN of clamping force."),
    "mass_volume_mismatch": N_(
        "Mass and volume of the part give {density_g_cm3} g/cm³, which is unusual for a plastic. Check the units."
    ),
}
_OTHER = N_("This value is not valid here.")


def _message(problem: SpecProblem) -> tuple[str, dict[str, Any]]:
    text = _MESSAGES.get(problem.code, _OTHER)
    params = {name: _shown(value) for name, value in problem.params.items()}
    try:
        text.format_map(params)
    except KeyError:
        return _OTHER, {}
    return text, params


def _shown(value: Any) -> Any:
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else value


def field_error(problem: SpecProblem, base: str) -> FieldError:
    """A problem of a description that stands at `base` in the request's body."""
    text, params = _message(problem)
    return FieldError(base + problem.pointer, problem.code.replace("_", "-"), text, params)


def advice(problem: SpecProblem, base: str) -> AdviceOut:
    """A question that a toolmaker would ask, in the reader's language."""
    text, params = _message(problem)
    return advised(base + problem.pointer, problem.code.replace("_", "-"), text, params)


def advised(pointer: str, code: str, text: str, params: Mapping[str, Any]) -> AdviceOut:
    """Advice with its parameters as a sentence needs them."""
    shown = {
        name: ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else value
        for name, value in params.items()
    }
    return AdviceOut(pointer=pointer, code=code, detail=translate(text, current_locale(), **shown))
