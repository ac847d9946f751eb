"""The one place where adapters are built and joined."""
