#!/usr/bin/env python3
"""Pod Security, network policies, RBAC. Flags are those of `fairlead secure`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fairlead_command import become

become(["secure", "--check", "policies"])
