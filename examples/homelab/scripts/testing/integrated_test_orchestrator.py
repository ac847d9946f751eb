#!/usr/bin/env python3
"""Phase 5 alone: every test of the environment. Flags are those of `fairlead test`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fairlead_command import become

become(["test"])
