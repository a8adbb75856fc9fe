"""The catalogue: activities, skills, roles and paths; versioned, compiled, exchanged as JSON and CSV."""

from adaptive.catalogue.compiled import Activity, Catalogue, Skill
from adaptive.catalogue.document import FORMATS, CatalogueInvalid, Collection
from adaptive.catalogue.publishing import at_head, at_version, current, history, import_document, undo, withdraw

__all__ = [
    "FORMATS",
    "Activity",
    "Catalogue",
    "CatalogueInvalid",
    "Collection",
    "Skill",
    "at_head",
    "at_version",
    "current",
    "history",
    "import_document",
    "undo",
    "withdraw",
]
