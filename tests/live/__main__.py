"""`make live`: install what is missing, then test against the real systems. Words after it go to pytest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.live import installs
from tests.live.pinned import PROJECTS

HERE = Path(__file__).parent


def main() -> int:
    """The exit code: of the install if it fails, else of the tests; 0 where this machine cannot have the systems."""
    code = installs.main()
    if code or not all(each.installed() for each in PROJECTS):
        return code
    words = [sys.executable, "-m", "pytest", str(HERE), "-m", "live", *sys.argv[1:]]
    return subprocess.run(words, check=False, cwd=HERE.parents[1]).returncode


if __name__ == "__main__":
    sys.exit(main())
