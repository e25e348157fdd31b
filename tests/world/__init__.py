"""One of everything that has an address: a small market whose ids fill every path of the API.

A new route with a new path parameter needs a line here: make the thing in the module of its kind, put its id into `ids`, and say
in `places` whose it is. A new operation whose body is not guessed right from its schema needs its form in
`tests/security/forms.py`.
"""

from tests.world.building import build
from tests.world.goods import MEASURED
from tests.world.places import PERSONAL, World, parameters

__all__ = ["MEASURED", "PERSONAL", "World", "build", "parameters"]
