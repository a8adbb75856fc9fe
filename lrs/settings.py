"""Settings: read once from the environment at the edge, passed on as a value."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from lrs.errors import OperatorError

PREFIX = "PROXIMAL_"
ADDRESS = r"^https?://[^/?#\s]+"

SENTENCES = {
    "extra_forbidden": "there is no such setting; docs/operators.md lists them all",
    "string_pattern_mismatch": "it has to be an address such as https://name.example.org",
}


class Settings(BaseModel):
    """Each field is the variable `PROXIMAL_<NAME>`; docs/operators.md lists them all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    data_dir: Path = Path(".proximal")
    public_url: Annotated[str | None, Field(pattern=ADDRESS + "/?$")] = None
    database_url: str | None = None
    web_workers: Annotated[int, Field(ge=1, le=64)] = 1
    body_limit: Annotated[int, Field(ge=1024)] = 32 * 1024 * 1024
    attachment_limit: Annotated[int, Field(ge=1024)] = 256 * 1024 * 1024
    debug: bool = False
    bootstrap_key: str | None = None
    bootstrap_secret: SecretStr | None = None
    admin_email: str | None = None
    admin_password: SecretStr | None = None
    llm_base_url: Annotated[str | None, Field(pattern=ADDRESS)] = None
    llm_api_key: SecretStr | None = None
    llm_model: str | None = None


def settings_from(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read `PROXIMAL_*`; an unknown or malformed variable is an OperatorError naming it. Empty means unset."""
    given = {k.removeprefix(PREFIX).lower(): v for k, v in environment.items() if k.startswith(PREFIX) and v}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + str(first["loc"][0]).upper()
        raise OperatorError(f"{name} cannot be used: {SENTENCES.get(first['type'], first['msg'].lower())}.") from error
