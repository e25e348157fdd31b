"""Generated requests at every third operation: a small version of `make prove POINT=fuzz`."""

import copy
from pathlib import Path

from tests.contracts.snapshot import kept
from tests.market import Market
from tests.security.fuzzing import Fuzzer, Server, serving
from tests.world import World

EXAMPLES = 1


async def test_no_request_breaks_the_house(world: World, market: Market, tmp_path: Path) -> None:
    # One test for both: the server takes longer to start than a wrong description to be found out.
    with serving(market.settings, tmp_path / "server") as server:
        await a_wrong_description_is_found_out(world, server)
        tally = await Fuzzer(world, server, "everybody", examples=EXAMPLES).run(every=3)
    assert not tally.findings, "\n".join(["", *map(str, tally.findings.values())])
    assert tally.operations > 100
    assert tally.cases > tally.operations // 2
    assert len(tally.reached) > tally.operations // 3, sorted(tally.reached)


async def a_wrong_description_is_found_out(world: World, server: Server) -> None:
    """A status, a media type and a field that are not described are each found, with a command that repeats them."""
    wrong = copy.deepcopy(kept())
    del wrong["paths"]["/v1/me"]["get"]["responses"]["200"]
    products = wrong["paths"]["/v1/products"]["get"]["responses"]["200"]["content"]
    products["application/xml"] = products.pop("application/json")
    wrong["paths"]["/v1/locales"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {
        "type": "string"
    }
    fuzzer = Fuzzer(world, server, "supplier", examples=3, description=wrong)
    for label in ("GET /v1/me", "GET /v1/products", "GET /v1/locales"):
        await fuzzer.run(label)
    found = {(finding.label, finding.what.split(":")[0]) for finding in fuzzer.tally.findings.values()}
    assert ("GET /v1/me", "Undocumented status code") in found, found
    assert ("GET /v1/products", "Undocumented Content-Type") in found, found
    assert ("GET /v1/locales", "Response violates schema") in found, found
    assert all(one.curl.startswith("curl -X GET") and "Bearer " in one.curl for one in fuzzer.tally.findings.values())
