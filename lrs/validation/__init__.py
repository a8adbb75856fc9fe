"""Is a statement what the specification says: every fault at once, each with its JSON path.

Pure. A check takes a value as JSON gives it and answers None, or the faults found; paths are put together only for
faults, so a valid statement costs little more than the look-ups.
"""

from lrs.validation.statements import statement_faults

__all__ = ["statement_faults"]
