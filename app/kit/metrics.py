"""Prometheus metrics. Labels hold route templates, never a path with ids in it."""

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("partingline_http_requests_total", "HTTP requests.", ["method", "route", "status"])
SECONDS = Histogram(
    "partingline_http_request_seconds",
    "Time to answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
IN_PROGRESS = Gauge("partingline_http_requests_in_progress", "Requests being answered.")


@cache
def _counter(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, str(status))


@cache
def _seconds(method: str, route: str) -> Histogram:
    return SECONDS.labels(method, route)


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer. The number of methods, routes and statuses is small, whatever is asked."""
    _counter(method, route, status).inc()
    _seconds(method, route).observe(seconds)
