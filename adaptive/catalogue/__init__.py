"""The catalogue: activities, items, skills, roles and paths; versioned, compiled, exchanged as JSON and CSV."""

from adaptive.catalogue.compiled import Activity, Catalogue, Item, Skill
from adaptive.catalogue.document import FORMATS, CatalogueInvalid, Collection
from adaptive.catalogue.keys import is_right
from adaptive.catalogue.publishing import at_version, current, history, import_document, undo, withdraw

__all__ = [
    "FORMATS",
    "Activity",
    "Catalogue",
    "CatalogueInvalid",
    "Collection",
    "Item",
    "Skill",
    "at_version",
    "current",
    "history",
    "import_document",
    "is_right",
    "undo",
    "withdraw",
]
