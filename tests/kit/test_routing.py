"""Of a request, only those routers are asked that may have a route for it, and none that has one is passed over."""

import re

from starlette.routing import Match
from starlette.types import Scope

from app.kit import routing
from tests.market import application


def test_no_route_is_passed_over_and_most_routers_are_not_asked() -> None:
    app = application()
    routers = [router for router in app.router.routes if hasattr(router, "effective_route_contexts")]
    found = 0
    for router in routers:
        for context in router.effective_route_contexts():
            path = re.sub(r"{[^}]+}", "x", context.path_format.replace("{tag}", "de"))
            for root in ("", "/behind-a-proxy"):
                scope: Scope = {"type": "http", "method": "GET", "path": root + path, "root_path": root, "headers": []}
                whole = type(router).matches(router, scope)[0]
                assert router.matches(scope)[0] is whole, (path, root)
                found += whole is not Match.NONE
    assert found > 1000
    asked = [router for router in routers if "matches" not in vars(router)]
    assert len(asked) < len(routers) / 10
    assert routing._second_word("/") == routing._second_word("/healthz") == ""
