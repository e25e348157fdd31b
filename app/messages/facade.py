"""All that other rooms may call. Calls run in the caller's transaction and under its tenant."""

from app.messages.incoming.registry import handles_message
from app.messages.registry import NoticeParamsWrong, Param, UnknownNotice, register_notice
from app.messages.states import NoticeGroup
from app.messages.usecases.notify import notify
from app.messages.usecases.replay_for_operator import replay_for_operator
from app.messages.usecases.resend_for_operator import resend_for_operator
from app.messages.usecases.withhold_mails import withhold_mails

__all__ = [
    "NoticeGroup",
    "NoticeParamsWrong",
    "Param",
    "UnknownNotice",
    "handles_message",
    "notify",
    "register_notice",
    "replay_for_operator",
    "resend_for_operator",
    "withhold_mails",
]
