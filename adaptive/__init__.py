"""The adaptive engine: evidence from statements, skill estimates, and the choice of what comes next."""
