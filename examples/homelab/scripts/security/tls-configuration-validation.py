#!/usr/bin/env python3
"""TLS of Ingresses and Gateways; with --check-all also every certificate they serve."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fairlead_command import become

become(["secure", "--check", "tls"], renamed={"--check-all": ["--check", "certificates"]})
