"""URL-encoded forms: of alternate requests and of the token endpoint. Pure."""

from urllib.parse import parse_qsl

from lrs.errors import BadRequest


def form_of(body: bytes) -> dict[str, str]:
    """The fields of a form, none of them twice."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), errors="strict")
    except ValueError as error:
        raise BadRequest("The body is not a URL-encoded form.") from error
    if len(dict(pairs)) < len(pairs):
        raise BadRequest("The form has one name twice.")
    return dict(pairs)
