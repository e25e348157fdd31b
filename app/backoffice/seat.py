"""The back office's cookie: which session sits at this browser."""

from datetime import timedelta

from app.kit.seats import SeatCookie

PATH = "/backoffice"
LIFE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)

COOKIE = SeatCookie(
    name="partingline-backoffice",
    secure_prefix="__Secure-",
    path=PATH,
    purpose="backoffice cookies",
    same_site="strict",
    life=LIFE,
    renewed_after=timedelta(minutes=5),
    longest=LONGEST,
)
