#!/usr/bin/env python3
"""Phase 5 alone, as text, json or junit (--output-format); test-results.xml is always written."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fairlead_command import become

become(["test"], renamed={"--output-format": ["--output"]})
