#!/usr/bin/env python3
"""The project and its manifests, offline; with --pre-deployment phase 1 of a deployment: tools, Terraform state,
cluster, configuration, network. Flags are those of `fairlead validate`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fairlead_command import become

become(["validate"])
