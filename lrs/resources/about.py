"""The about resource (xAPI Communication 2.8): open to all, for any version or none."""

import msgspec

from lrs.resources.call import Answer, Call

VERSIONS = ("1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0")


async def get(call: Call) -> Answer:
    """The versions that this store speaks."""
    call.only(())
    return Answer(body=msgspec.json.encode({"version": VERSIONS, "extensions": {}}))


METHODS = {"GET": get}
