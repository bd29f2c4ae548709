"""Install the real systems: `python -m tests.live.installs`. Once; a cut-off install goes on where it was.

What is not possible on this machine (no Node, no compiler) is said and is no failure, except where CI=true: there
nobody would read it. The versions are those of the committed locks; `npm install` and not `npm ci`, because a lock
made on one platform may lack the optional packages of another.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.live.pinned import (
    NODE,
    PACKAGES,
    PROJECTS,
    STAMP,
    Broken,
    NotHere,
    Project,
    live_cache,
    node_environment,
    node_folder,
)
from tests.live.spawned import Command, Spawned

NODE_MAJOR_MIN = 20
SAY_SECONDS = 15
LOOK_SECONDS = 0.2
QUIET = ("--no-audit", "--no-fund", "--no-update-notifier")
ATTEMPTS = 3  # a download breaks off now and then; npm keeps what it has


def main() -> int:
    """Install all; the exit code."""
    try:
        install_all()
    except NotHere as error:
        in_ci = os.environ.get("CI") == "true"
        print(f"{'FAILED' if in_ci else 'skipped'}: {error}", flush=True)
        return int(in_ci)
    except Broken as error:
        print(f"FAILED: {error}", flush=True)
        return 1
    return 0


def install_all() -> None:
    """Install what is not installed yet. Raises NotHere, Broken."""
    missing = [each for each in PROJECTS if not each.installed()]
    if not missing:
        return
    _check_machine(missing)
    with _alone():
        for each in PROJECTS:
            if not each.installed():  # nor by somebody else meanwhile
                _install(each)


def _check_machine(missing: Sequence[Project]) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotHere(f"the real systems need Node {NODE_MAJOR_MIN} or newer with npm; there is none on PATH")
    told = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout.strip()
    if not told.removeprefix("v").partition(".")[0].isdigit() or int(told[1:].partition(".")[0]) < NODE_MAJOR_MIN:
        raise NotHere(f"the real systems need Node {NODE_MAJOR_MIN} or newer; {node} is {told or 'silent'}")
    if any(each.compiled for each in missing):
        tools = {"make": ("make",), "a C++ compiler": ("c++", "g++", "clang++"), "python3": ("python3",)}
        lacking = [what for what, names in tools.items() if not any(map(shutil.which, names))]
        if lacking:
            raise NotHere(f"Directus compiles a module and needs {', '.join(lacking)}")


@contextmanager
def _alone() -> Iterator[None]:
    """One install at a time on this machine: the others wait, and then find everything there."""
    live_cache().mkdir(parents=True, exist_ok=True)
    with (live_cache() / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(each: Project) -> None:
    each.folder.mkdir(parents=True, exist_ok=True)
    (each.folder / STAMP).unlink(missing_ok=True)
    for name in PACKAGES:
        shutil.copyfile(each.source / name, each.folder / name)
    environment = {**os.environ, "CI": "1"} if each.name == NODE else node_environment()
    label = f"{each.name} {each.version}"
    # A repeated `install` would take away what the package `node` has put beside itself.
    how = ("ci",) if each.scripts else ("install", "--ignore-scripts")
    _run(f"{label}: packages", ("npm", *how, *QUIET), each.folder, environment)
    for package in each.compiled:
        _run(f"{label}: compiling {package}", ("npm", "rebuild", package), each.folder, environment)
    if each.name == NODE:
        node_folder()  # or it is not there after all
    fresh = each.folder / f"{STAMP}.new"
    fresh.write_text(json.dumps(each.wanted()))
    fresh.rename(each.folder / STAMP)


def _run(label: str, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run to the end, saying now and then that it still runs. Raises Broken with the end of what it said."""
    began = time.monotonic()
    said = ""
    for attempt in range(1, ATTEMPTS + 1):
        running = Spawned(Command(words=words, folder=folder, environment=environment), folder / "install.log")
        try:
            code = _watched(running, label, began)
        finally:
            running.kill()
        if code == 0:
            print(f"{label}: done after {time.monotonic() - began:.0f} s", flush=True)
            return
        print(f"{label}: attempt {attempt} ended with {code}", flush=True)
        said = running.said()
    raise Broken(f"{' '.join(words)} failed in {folder}:\n{said}")


def _watched(running: Spawned, label: str, began: float) -> int:
    print(f"{label} …", flush=True)
    told = time.monotonic()
    while (code := running.ended()) is None:
        time.sleep(LOOK_SECONDS)
        if time.monotonic() - told > SAY_SECONDS:
            told = time.monotonic()
            print(f"{label}: {told - began:.0f} s …", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
