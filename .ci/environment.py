"""Makes .venv from the lock file, and says in a sentence what to do when that is not possible.

Run by the Makefile with whatever Python is there: only the standard library, and nothing that an old Python could not
parse, so that even that one gets a sentence instead of a syntax error.
"""

# Written for Pythons that are too old, too:
# ruff: noqa: UP021, UP031, RUF005, PTH109, PTH118, PTH123, T201
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

LEAST = (3, 11)
NEEDED_MB = 1500
ENVIRONMENT = ".venv"
NETWORK_MARKS = (
    "connection", "timed out", "timeout", "name resolution", "no matching distribution", "ssl", "proxy", "retrying",
)  # fmt: skip


def fail(sentence):
    sys.stdout.flush()
    sys.stderr.write("\n%s\n" % sentence)
    sys.exit(1)


def version_of(python):
    """The (major, minor) of an interpreter, or None when it does not run."""
    try:
        asking = "import sys; print('%d %d' % sys.version_info[:2])"
        said = subprocess.check_output([python, "-c", asking], stderr=subprocess.STDOUT)
        return tuple(int(part) for part in said.split())
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None


def new_enough_python():
    """This interpreter, or a newer one that is installed beside it."""
    if sys.version_info[:2] >= LEAST:
        return sys.executable
    for minor in range(15, LEAST[1] - 1, -1):
        found = getattr(shutil, "which", lambda _: None)("python3.%d" % minor)
        if found and (version_of(found) or (0, 0)) >= LEAST:
            return found
    return fail(
        "Partingline needs Python %d.%d or newer, and %s is %d.%d. Install a newer Python, "
        "or name one: make PYTHON=/path/to/python3.12 venv" % (LEAST + (sys.executable,) + sys.version_info[:2])
    )


def make_environment(python):
    inside = os.path.join(ENVIRONMENT, "bin", "python")
    usable = version_of(inside) is not None and version_of(inside) >= LEAST
    if usable and subprocess.call([inside, "-m", "pip", "--version"], stdout=subprocess.DEVNULL) == 0:
        return inside
    print("Making %s with %s (Python %d.%d)" % ((ENVIRONMENT, python) + version_of(python)))
    made = subprocess.run(
        [python, "-m", "venv", "--clear", ENVIRONMENT],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        if "ensurepip" in made.stdout:
            fail(
                "This Python cannot make a virtual environment because its `venv` parts are missing. "
                "On Debian and Ubuntu: apt install python3-venv. Then try again."
            )
        fail_for_space(made.stdout)
        fail("%s could not be made:\n%s" % (ENVIRONMENT, made.stdout.strip()[-1500:]))
    return inside


def fail_for_space(said):
    if "no space left" in said.lower() or "disk quota" in said.lower():
        fail(
            "There is no disk space left. The environment and its download need about %d MB here (%s) and in the "
            "temporary folder (%s; set TMPDIR to move it). Free some, and try again."
            % (NEEDED_MB, os.getcwd(), tempfile.gettempdir())
        )


def packages_in_lock():
    with open("requirements.lock", encoding="utf-8") as lock:
        return len(re.findall(r"^[A-Za-z0-9][^=\n]*==", lock.read(), flags=re.MULTILINE))


def pip_install(inside, arguments, total=0):
    """Run pip install; with a total, show how many packages were collected instead of pip's own lines."""
    command = [inside, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    running = subprocess.Popen(
        command + arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    )
    lines, collected, live, shown_at = [], 0, sys.stdout.isatty(), time.time()
    for line in running.stdout:
        lines.append(line)
        if not total:
            continue
        collected += line.startswith(("Collecting ", "Requirement already satisfied: "))
        if line.startswith("Installing collected"):
            print("%s  %d packages are here, unpacking them" % ("\r\033[K" if live else "", collected))
            total = 0
        elif live and line.startswith("Collecting "):
            sys.stdout.write("\r\033[K  %d of at most %d packages: %s" % (collected, total, line.split()[1][:50]))
        elif time.time() - shown_at > 5:
            print("  %d of at most %d packages" % (collected, total))
            shown_at = time.time()
        sys.stdout.flush()
    if running.wait() != 0:
        explain("".join(lines))


def explain(said):
    fail_for_space(said)
    tail = "\n".join("  " + line for line in said.strip().splitlines()[-12:])
    if "do not match the hashes" in said:
        fail("%s\n\nA package differs from what requirements.lock pins. Do not go on: find out why your "
             "package registry serves something else." % tail)  # fmt: skip
    if any(mark in said.lower() for mark in NETWORK_MARKS):
        fail(
            "%s\n\nThe package registry could not be reached, or does not have a locked package for this system. "
            "Check the network and proxy (HTTPS_PROXY); behind a mirror set PIP_INDEX_URL to it; then try again: "
            "what was downloaded is kept." % tail
        )
    fail("%s\n\npip could not install the locked packages; its last words are above." % tail)


def main():
    inside = make_environment(new_enough_python())
    total = packages_in_lock()
    print("Installing the locked packages (the first time a few hundred MB and a few minutes)")
    started = time.time()
    pip_install(inside, ["--require-hashes", "-r", "requirements.lock"], total)
    # The build tool is in the lock too: nothing that is not pinned is fetched.
    pip_install(inside, ["--no-deps", "--no-build-isolation", "--editable", "."])
    with open(os.path.join(ENVIRONMENT, "made-from-lock"), "w"):
        pass
    print("%s is ready after %d s" % (ENVIRONMENT, time.time() - started))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        fail("Interrupted. The next run goes on where this one stopped.")
