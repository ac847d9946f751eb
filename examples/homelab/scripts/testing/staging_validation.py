#!/usr/bin/env python3
"""Tests that write nothing, so that it may run within a deployment. Flags are those of `fairlead test`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fairlead_command import become

become(["test", "--read-only"])
