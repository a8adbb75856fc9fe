"""The demonstration: a course of our own, simulated learners, and a running server to try them on."""
