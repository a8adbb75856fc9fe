"""Simulated examinees and learners: the protocols that placement and learning policies are measured by."""
