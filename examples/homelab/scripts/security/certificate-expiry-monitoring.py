#!/usr/bin/env python3
"""Every TLS Secret: expiry, key, chain, strength, hosts. --check-expiry is what it always does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fairlead_command import become

become(["secure", "--check", "certificates"], renamed={"--check-expiry": []})
