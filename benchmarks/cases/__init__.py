"""One module for each case; `benchmarks/__main__.py` has the table of them."""
