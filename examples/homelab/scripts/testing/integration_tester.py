#!/usr/bin/env python3
"""The tests that the project states, without the built-in ones. Flags are those of `fairlead test`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fairlead_command import become

become(["test", "--selector", "phase=test"])
