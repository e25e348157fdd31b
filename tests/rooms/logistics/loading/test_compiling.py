"""The search runs compiled and plain with the same result, and keeps what was compiled where it may write."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
PROGRAM = """
from app.logistics.loading.cargo import BoxType, LoadSpace
from app.logistics.loading.solving import Effort, plan_load
boxes = [BoxType("A", "A", 600, 400, 300, 2, mass_g=9), BoxType("B", "B", 500, 400, 200, 2, mass_g=9, **{rules})]
plan = plan_load(boxes, [LoadSpace("s", "S", 1200, 800, 500)], Effort(rounds=2))
print([(one.box.key, one.x_mm, one.y_mm, one.z_mm, one.turn.value) for one in plan.loads[0].placed])
"""


def ran(program: str, **variables: str) -> str:
    """What a program prints in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=ROOT).stdout


@pytest.mark.parametrize("rules", ["{}", "{'top_load_g': 5}"])
def test_plain_and_compiled_plans_are_the_same(rules: str) -> None:
    program = PROGRAM.replace("{rules}", rules)
    plain = ran("import sys; sys.modules['numba'] = None\n" + program)
    assert plain.startswith("[('")
    assert plain == ran(program)


def test_beside_code_that_cannot_be_written_to_the_cache_is_a_private_folder(tmp_path: Path) -> None:
    program = (
        "import os\nos.access = lambda *_: False\n"
        "import numba\nfrom app.logistics.loading import compiling\nprint(numba.config.CACHE_DIR)\n"
        "from app.logistics.loading.beam import reachable\nimport numpy as np\n"
        "print(list(reachable(np.array([3, 5]), 9)))"
    )
    said = ran(program, TMPDIR=str(tmp_path), NUMBA_CACHE_DIR="").splitlines()
    folder = Path(said[0])
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o077 == 0
    assert any(folder.rglob("*.nbi")), "what was compiled is kept there"
    assert "9" in said[1]


def test_a_folder_that_others_may_write_to_is_not_used(tmp_path: Path) -> None:
    user = os.getuid() if hasattr(os, "getuid") else 0
    (tmp_path / f"partingline-numba-{user}").mkdir(mode=0o777)
    (tmp_path / f"partingline-numba-{user}").chmod(0o777)
    program = (
        "import os\nos.access = lambda *_: False\n"
        "import numba\nfrom app.logistics.loading import compiling\nprint(repr(numba.config.CACHE_DIR))"
    )
    assert ran(program, TMPDIR=str(tmp_path), NUMBA_CACHE_DIR="").strip() == "''"
