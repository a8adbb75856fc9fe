"""The resources of the xAPI over HTTP: one module each, joined by `lrs.resources.interface`."""
