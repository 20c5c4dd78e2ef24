"""Measurements: ratios within one run, never a bare time."""
