"""Signed statements: a JSON web signature among the attachments (xAPI Data 2.6). Pure."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from lrs.equality import same
from lrs.validation import statement_faults

MEDIA_TYPE = "application/octet-stream"
ALGORITHMS: dict[str, HashAlgorithm] = {"RS256": SHA256(), "RS384": SHA384(), "RS512": SHA512()}


def signature_fault(statement: Mapping[str, Any], signature: bytes, version: str) -> str | None:
    """What is wrong with a statement's signature, None where nothing is.

    The signature must be a JWS in compact serialisation by RSA and SHA-2 over a serialisation of the statement. Where
    its header carries certificates (x5c), it must verify with the first; without one there is no key to verify with.
    """
    try:
        signed, _, sealed = signature.strip().rpartition(b".")
        head, _, payload = signed.partition(b".")
        header = msgspec.json.decode(_decoded(head))
        content = msgspec.json.decode(_decoded(payload))
        mark = _decoded(sealed)
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError):
        return "is not a JSON web signature in compact serialisation with JSON as header and payload"
    if not isinstance(header, dict) or header.get("alg") not in tuple(ALGORITHMS):
        return "must be signed by RS256, RS384 or RS512"
    if statement_faults(content, version) or not same(content, statement, timestamps="timestamp" in content):
        return "signs another statement than the one it is attached to"
    return _unverified(header, signed, mark) if "x5c" in header else None


def _unverified(header: Mapping[str, Any], signed: bytes, mark: bytes) -> str | None:
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0], validate=True))
        key = certificate.public_key()
    except (ValueError, TypeError, IndexError, KeyError, binascii.Error, UnsupportedAlgorithm):
        return "has an x5c header that is no list of X.509 certificates"
    if not isinstance(key, RSAPublicKey):
        return "has an x5c certificate without an RSA key"
    try:
        key.verify(mark, signed, PKCS1v15(), ALGORITHMS[header["alg"]])
    except InvalidSignature:
        return "does not verify with the certificate in its x5c header"
    return None


def _decoded(text: bytes) -> bytes:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
