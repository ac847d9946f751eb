"""What Fairlead costs, beside what a peer costs for the same: `make bench`, or `python -m benchmarks --help`."""
