"""Decide: what may be done, by whom, by when."""
