"""Where things are in the repository."""

from __future__ import annotations

from pathlib import Path

#: What servers and renders of tests import from.
SUPPORT = Path(__file__).resolve().parent
ROOT = SUPPORT.parents[1]
DATA = ROOT / "tests" / "data"
