"""Measurements of this machine, as ratios to what its Postgres does by itself in the same run (docs/performance.md)."""
