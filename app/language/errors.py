"""Refusals of the language room."""

from app.kit.errors import Problem
from app.kit.locales import N_


class NotYourText(Problem):
    """Another organization's text that the reader may see."""

    code = "not-your-text"
    status = 403
    title = N_("This text belongs to another organization")
    detail = N_("Only the organization that wrote a text may keep translations of it. You may request one.")


class TextIsSource(Problem):
    """The source of a field is changed where the thing itself is edited."""

    code = "text-is-source"
    status = 409
    title = N_("This is the original text")
    detail = N_("The text was written in {locale}. Change it where the thing itself is edited; translations follow it.")


class SourceChanged(Problem):
    """A translation of a wording that is no longer the source."""

    code = "source-changed"
    status = 409
    title = N_("The original text was changed meanwhile")
    detail = N_("Read the original again and send the translation with its present version, {source_version}.")
