"""Attachments and signed statements in and out (xAPI Data 2.4.11, 2.6; Communication 1.5.2)."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID

from lrs.context import Context
from lrs.validation.statements import SIGNATURE
from tests.integration.xapi import client_of, ids, statement

BOUNDARY = "a-boundary"
MIXED = {"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}
BINARY = bytes(range(256)) * 3_000
"""Three parts of storage, with every octet in it."""


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(context) as client:
        yield client


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def sha2(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def attachment(content: bytes, **parts: Any) -> dict[str, Any]:
    return {
        "usageType": "https://course.example/note",
        "display": {"en": "A note"},
        "contentType": "application/octet-stream",
        "length": len(content),
        "sha2": sha2(content),
        **parts,
    }


def mixed(statements: Any, *contents: bytes, first: str = "application/json", **changed: str | None) -> bytes:
    """A multipart body; `changed` replaces or (None) removes headers of the attachments' parts, by name."""
    body = f"--{BOUNDARY}\r\nContent-Type: {first}\r\n\r\n".encode() + json.dumps(statements).encode()
    for content in contents:
        headers: dict[str, str | None] = {
            "Content-Type": "application/octet-stream",
            "Content-Transfer-Encoding": "binary",
            "X-Experience-API-Hash": sha2(content),
        }
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
        body += f"\r\n--{BOUNDARY}\r\n{lines}\r\n".encode() + content
    return body + f"\r\n--{BOUNDARY}--\r\n".encode()


def parts_of(answer: httpx.Response) -> list[tuple[dict[str, str], bytes]]:
    raw = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode() + answer.content
    message = BytesParser(policy=HTTP).parsebytes(raw)
    boundary = str(message.get_boundary()).encode()
    contents = [
        piece.split(b"\r\n\r\n", 1)[1] for piece in (b"\r\n" + answer.content).split(b"\r\n--" + boundary)[1:-1]
    ]
    return [(dict(part.items()), content) for part, content in zip(message.iter_parts(), contents, strict=True)]


async def test_contents_come_back_once_each(client: httpx.AsyncClient) -> None:
    sent = [statement(attachments=[attachment(BINARY)]), statement(attachments=[attachment(BINARY), attachment(b"x")])]
    answer = await client.post("/statements", content=mixed(sent, BINARY, b"x"), headers=MIXED)
    assert answer.status_code == 200, answer.text
    page = await client.get("/statements", params={"attachments": "true"})
    (head, body), *contents = parts_of(page)
    assert head["Content-Type"] == "application/json"
    assert [each["id"] for each in json.loads(body)["statements"]] == [sent[1]["id"], sent[0]["id"]]
    assert {part["X-Experience-API-Hash"]: content for part, content in contents} == {
        sha2(BINARY): BINARY,
        sha2(b"x"): b"x",
    }
    assert {part["Content-Transfer-Encoding"] for part, _ in contents} == {"binary"}
    alone = await client.get("/statements", params={"statementId": sent[0]["id"], "attachments": "true"})
    assert [content for _, content in parts_of(alone)[1:]] == [BINARY]
    assert (await client.get("/statements")).headers["content-type"] == "application/json"


async def test_an_attachment_of_a_sub_statement_is_one_too(client: httpx.AsyncClient) -> None:
    inner = {**statement(attachments=[attachment(b"x")]), "objectType": "SubStatement"}
    del inner["id"]
    answer = await client.post("/statements", content=mixed(statement(object=inner), b"x"), headers=MIXED)
    assert answer.status_code == 200
    page = await client.get("/statements", params={"attachments": "true"})
    assert [content for _, content in parts_of(page)[1:]] == [b"x"]


async def test_neither_file_url_nor_bytes_is_400(client: httpx.AsyncClient) -> None:
    lacking = statement(attachments=[attachment(b"x")])
    answer = await client.post("/statements", json=lacking)
    assert answer.json()["errors"] == [
        {"statement": 0, "path": "attachments[0]",
         "message": "has neither a fileUrl nor a part of the body with its content"}
    ]  # fmt: skip
    there = statement(attachments=[attachment(b"x", fileUrl="https://course.example/x")])
    assert (await client.post("/statements", json=there)).status_code == 200


@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_what_stands_around_the_parts_is_ignored(client: httpx.AsyncClient, size: int) -> None:
    """RFC 2046 section 5.1.1."""
    one = statement(attachments=[attachment(b"x")])
    body = b"This is a message with --" + BOUNDARY.encode() + b"\r\n parts.\r\n" + mixed(one, b"x") + b"The end."
    pieces = [body[at : at + size] for at in range(0, len(body), size)]

    async def chunks() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    answer = await client.post("/statements", content=chunks(), headers=MIXED)
    assert (answer.status_code, answer.text) == (200, json.dumps([one["id"]]))


async def test_any_content_type_that_is_stored_can_be_sent(client: httpx.AsyncClient) -> None:
    named = 'text/plain; name="Übung ☃.txt"'
    body = mixed(statement(attachments=[attachment(b"x", contentType=named)]), b"x")
    assert (await client.post("/statements", content=body, headers=MIXED)).status_code == 200
    page = await client.get("/statements", params={"attachments": "true"})
    assert f"\r\nContent-Type: {named}\r\n".encode() in page.content


async def test_a_malformed_multipart_body_is_400(client: httpx.AsyncClient) -> None:
    one = statement(attachments=[attachment(b"x")])
    good = mixed(one, b"x")
    bodies = {
        "an attachment too many": mixed(one, b"x", b"y"),
        "an attachment too few": mixed(one),
        "statements are no JSON": mixed(one, b"x", first="text/plain"),
        "no hash": mixed(one, b"x", X_Experience_API_Hash=None),
        "another hash": mixed(one, b"x", X_Experience_API_Hash=sha2(b"y")),
        "no transfer encoding": mixed(one, b"x", Content_Transfer_Encoding=None),
        "no closing boundary": good[: -len(BOUNDARY) - 8],
        "another boundary": good.replace(BOUNDARY.encode(), b"other"),
        "nothing": b"",
    }
    for case, body in bodies.items():
        assert (await client.post("/statements", content=body, headers=MIXED)).status_code == 400, case
    coded = f"multipart/mixed; boundary*=utf-8''{BOUNDARY}"
    for kind in ("multipart/mixed", coded, "multipart/form-data; boundary=a-boundary", "text/plain", ""):
        answer = await client.post("/statements", content=good, headers={"Content-Type": kind})
        assert answer.status_code == 400, kind
    assert await ids(client) == []


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def signature(payload: Any, key: rsa.RSAPrivateKey, header: dict[str, Any]) -> bytes:
    kinds = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}
    text = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(payload).encode())}"
    mark = key.sign(text.encode(), PKCS1v15(), kinds.get(str(header["alg"]), hashes.SHA256()))
    return f"{text}.{encoded(mark)}".encode()


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1)
    )
    made = builder.sign(key, hashes.SHA256())
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def signed(one: dict[str, Any], sealed: bytes, **parts: Any) -> bytes:
    return mixed({**one, "attachments": [attachment(sealed, usageType=SIGNATURE, **parts)]}, sealed)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
async def test_a_signed_statement(client: httpx.AsyncClient, key: rsa.RSAPrivateKey, algorithm: str) -> None:
    """Data 2.6: with a certificate it is verified; and it is the same statement as without its signature."""
    one = statement(timestamp="2026-02-03T04:05:06.000Z")
    sealed = signature(one, key, {"alg": algorithm, "x5c": [certificate(key)]})
    assert (await client.post("/statements", json=one)).status_code == 200
    answer = await client.post("/statements", content=signed(one, sealed), headers=MIXED)
    assert answer.status_code == 200, answer.text
    assert await ids(client) == [one["id"]]


async def test_a_signature_that_does_not_hold_is_400(client: httpx.AsyncClient, key: rsa.RSAPrivateKey) -> None:
    one = statement()
    other = rsa.generate_private_key(65537, 2048)
    good = signature(one, key, {"alg": "RS256"})
    cases = {
        "signs another statement": signature({**one, "object": {"id": "act:2"}}, key, {"alg": "RS256"}),
        "signs no statement": signature([], key, {"alg": "RS256"}),
        "another algorithm": signature(one, key, {"alg": "HS256"}),
        "an algorithm that is a list": signature(one, key, {"alg": ["RS256"]}),
        "another key": signature(one, key, {"alg": "RS256", "x5c": [certificate(other)]}),
        "no certificate": signature(one, key, {"alg": "RS256", "x5c": ["AAAA"]}),
        "no JWS": b"x",
        "no base64": b"!.!.!",
    }
    for case, sealed in cases.items():
        answer = await client.post("/statements", content=signed(one, sealed), headers=MIXED)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "attachments[0]"), case
    wrong_type = signed(one, good, contentType="text/plain")
    assert (await client.post("/statements", content=wrong_type, headers=MIXED)).status_code == 400
    elsewhere = {**one, "attachments": [attachment(good, usageType=SIGNATURE, fileUrl="https://course.example/s")]}
    assert (await client.post("/statements", json=elsewhere)).status_code == 400


async def test_repair_mode_leaves_signed_statements_alone(context: Context, key: rsa.RSAPrivateKey) -> None:
    right = statement(verb={"id": "https://v.example/did", "display": {"en-US": "did"}})
    wrong = {**right, "verb": {"id": "https://v.example/did", "display": {"en_US": "did"}}}
    body = signed(wrong, signature(right, key, {"alg": "RS256"}))
    escaped = body.replace(SIGNATURE.encode(), SIGNATURE.replace("/", r"\/").encode())
    assert escaped != body
    async with client_of(context, repair=True) as client:
        for each in (body, escaped):
            assert (await client.post("/statements", content=each, headers=MIXED)).status_code == 400
        assert (await client.post("/statements", json=wrong)).status_code == 200
