"""The commands that keep an installation: migrate, doctor, credentials, accounts."""

import json
import re
import socket
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from admin.cli import COMMANDS
from tests.server import Server

DOWN = {"PROXIMAL_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}


def findings(server: Server) -> dict[str, dict[str, Any]]:
    done = server.run("doctor", "--json")
    assert "Traceback" not in done.stderr
    found = {finding["subject"]: finding for finding in json.loads(done.stdout)}
    assert done.returncode == (0 if all(finding["well"] for finding in found.values()) else 1)
    return found


@pytest.fixture(scope="module")
def kept(server: Server) -> Server:
    """An installation as it stands while it serves."""
    return server


def test_the_doctor_finds_a_served_store_well(kept: Server) -> None:
    found = findings(kept)
    assert [subject for subject, finding in found.items() if not finding["well"]] == []
    assert found["port"]["sentence"] == f"Proximal answers at {kept.address}."
    assert set(found) >= {"data folder", "disk", "Postgres programs", "database", "durability", "schema", "credentials"}


def test_the_doctor_creates_nothing(data_dir: Path) -> None:
    found = findings(Server(data_dir))
    assert found["database"]["sentence"].startswith("There is none yet")
    assert not data_dir.exists()


def test_the_doctor_names_what_is_wrong(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = findings(Server(data_dir, {**DOWN, "PROXIMAL_PORT": str(port), "PROXIMAL_LLM_MODEL": "some-model"}))
    assert {subject for subject, finding in found.items() if not finding["well"]} == {
        "database",
        "port",
        "language model",
    }
    assert found["port"]["sentence"].startswith(f"Port {port} on 127.0.0.1 is in use")


def test_the_doctor_names_a_folder_that_cannot_be_written() -> None:
    found = findings(Server(Path("/dev/null/data")))
    assert found["data folder"]["sentence"].startswith("/dev/null cannot be written")


async def test_the_doctor_sees_a_database_that_is_not_durable(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    await connection.close()
    found = findings(Server(Path("unused"), {"PROXIMAL_DATABASE_URL": dsn}))
    assert found["durability"]["sentence"].startswith("synchronous_commit is off")
    assert found["credentials"]["sentence"].startswith("There is no open credential")


async def test_migrate_builds_a_database_once(empty_dsn: str) -> None:
    server = Server(Path("unused"), {"PROXIMAL_DATABASE_URL": empty_dsn})
    first, second = (json.loads(server.run("migrate", "--json").stdout)["applied"] for _ in range(2))
    assert first[0] == "0001_record.sql"
    assert second == []


async def test_a_database_newer_than_the_release_is_refused(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("INSERT INTO migrations VALUES (9999, '9999_future.sql', 'x')")
    await connection.close()
    for command in (("migrate",), ("serve",), ("credentials", "list")):
        done = Server(Path("unused"), {"PROXIMAL_DATABASE_URL": dsn}).run(*command)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("Error: The database is newer than this release")


def test_credentials_are_made_listed_and_revoked(kept: Server) -> None:
    made = json.loads(kept.run("credentials", "create", "reader", "--scope", "statements/read", "--json").stdout)
    assert made["scopes"] == ["statements/read"]
    listed = json.loads(kept.run("credentials", "list", "--json").stdout)
    shown = {credential["key"]: credential for credential in listed}[made["key"]]
    assert (shown["created"], shown["revoked"]) == (made["created"], None)
    assert not any("secret" in credential for credential in listed)
    closed = kept.run("credentials", "revoke", made["key"], "--json")
    assert json.loads(closed.stdout) == {"key": made["key"], "revoked": True}
    again = kept.run("credentials", "revoke", made["key"])
    assert again.returncode == 1
    assert again.stderr == f"Error: Store 1 has no open credential {made['key']}.\n"


@pytest.mark.parametrize(
    "asked",
    [
        ("credentials", "list"),
        ("credentials", "create", "LMS"),
        ("accounts", "list"),
        ("accounts", "create", "zoe@example.org", "--name", "Zoe"),
        ("forget", "zoe@example.org"),
    ],
)
def test_a_store_that_there_is_not_is_named(kept: Server, asked: tuple[str, ...]) -> None:
    done = kept.run(*asked, "--store", "77")
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no store 77" in done.stderr


def test_a_credential_has_a_name(kept: Server) -> None:
    done = kept.run("credentials", "create", " ")
    assert done.returncode == 1
    assert "Give the credential a name" in done.stderr


def test_people_set_their_passwords_by_links_that_work_once(kept: Server) -> None:
    made = json.loads(
        kept.run("accounts", "create", "Nina@example.org", "--name", "Nina", "--role", "trainer", "--json").stdout
    )
    assert (made["email"], made["roles"]) == ("nina@example.org", ["trainer"])
    assert [one["email"] for one in json.loads(kept.run("accounts", "list", "--json").stdout)][-1] == "nina@example.org"
    assert kept.run("accounts", "create", "nina@example.org", "--name", "Nina").returncode == 1
    nobody = kept.run("accounts", "reset-password", "nobody@example.org")
    assert nobody.stderr == "Error: Nobody has an account with the address nobody@example.org.\n"
    public = Server(kept.data_dir, {"PROXIMAL_PUBLIC_URL": "https://learn.example.org/"}, kept.address)
    link = public.run("accounts", "reset-password", "nina@example.org").stdout.splitlines()[0]
    assert link.startswith("https://learn.example.org/set-password?token=")
    wrong = Server(kept.data_dir, {"PROXIMAL_PUBLIC_URL": "learn.example.org"}).run("accounts", "list")
    assert wrong.stderr.startswith("Error: PROXIMAL_PUBLIC_URL cannot be used")
    password = "a sentence of Nina's own"
    with httpx.Client(base_url=kept.address, trust_env=False) as browser:
        path = made["link"].removeprefix(kept.address)
        assert "nina@example.org" in browser.get(path).text
        form = {"token": path.partition("token=")[2], "password": password, "again": password}
        for bad in ({"password": "short", "again": "short"}, {"again": "another sentence"}):
            assert browser.post("/set-password", data={**form, **bad}).status_code == 400
        assert browser.post("/set-password", data={**form, "token": "1.1.1.x"}).status_code == 404
        assert browser.post("/set-password", data=form).headers["location"] == "/sign-in"
        for used in (path, link.removeprefix("https://learn.example.org")):
            assert browser.get(used).status_code == 404
        token = re.search('name="form_token" value="([^"]+)"', browser.get("/sign-in").text)
        assert token
        signed = {"email": "nina@example.org", "password": password, "form_token": token[1]}
        assert browser.post("/sign-in", data=signed).status_code == 303
        assert browser.get("/admin/").status_code == 200


def test_half_a_bootstrap_credential_is_refused(data_dir: Path) -> None:
    done = Server(data_dir, {"PROXIMAL_BOOTSTRAP_SECRET": ""}).run("migrate")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: PROXIMAL_BOOTSTRAP_KEY and PROXIMAL_BOOTSTRAP_SECRET belong together")


def test_the_bootstrap_credential_opens_the_store(kept: Server) -> None:
    with kept.client() as client:
        assert client.get("/xapi/statements").status_code == 200
    assert httpx.get(f"{kept.address}/xapi/statements", trust_env=False).status_code in (400, 401)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    done = Server(Path("unused")).run(name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: proximal {name}")
