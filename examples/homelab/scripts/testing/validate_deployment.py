#!/usr/bin/env python3
"""Phase 1 alone: tools, Terraform state, cluster, configuration, network. Flags are those of `fairlead validate`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fairlead_command import become

become(["validate"])
