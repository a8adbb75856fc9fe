"""Where the schema folder is: in a checkout beside the packages, in a wheel inside `lrs`."""

from pathlib import Path

HERE = Path(__file__).resolve().parent


def schema_folder() -> Path:
    """The folder with `migrations/`, `schema.sql`, the JSON Schemas and the OpenAPI document."""
    inside = HERE / "_schema"
    return inside if inside.is_dir() else HERE.parent / "schema"
