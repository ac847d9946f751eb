"""One file per kind of step; `table.py` lists them."""
