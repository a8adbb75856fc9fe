"""The commands of `proximal`, one module each."""
