"""Planted faults: a good project, and for each rule some ways of spoiling it, each of which gives exactly that rule."""
