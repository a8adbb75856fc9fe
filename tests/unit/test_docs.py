"""The documents name every setting, command and dependency, and nothing that is gone."""

import re
import tomllib
from pathlib import Path

from admin.cli import COMMANDS
from lrs.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
OPERATORS = (ROOT / "docs" / "operators.md").read_text()
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
FIRST_CELL = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def test_every_setting_is_documented_and_no_other() -> None:
    documented = {cell for cell in FIRST_CELL.findall(OPERATORS) if cell.startswith("PROXIMAL_")}
    assert documented == {f"PROXIMAL_{name.upper()}" for name in Settings.model_fields}


def test_documented_defaults_are_the_real_ones() -> None:
    rows = re.findall(r"^\| `PROXIMAL_(\w+)` \| (?:`([^`]+)`|–) \|", OPERATORS, re.MULTILINE)
    defaults = {name.lower(): text for name, text in rows}
    for name, field in Settings.model_fields.items():
        expected = "" if field.default in (None, False) else str(field.default)
        assert defaults[name].removeprefix("./") == expected, name


def test_every_command_is_documented_and_no_other() -> None:
    documented = {cell.split()[1] for cell in FIRST_CELL.findall(OPERATORS) if cell.startswith("proximal ")}
    assert documented == set(COMMANDS)


def test_every_dependency_is_explained_and_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    required = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = [re.split(r"[<>=\[; ]", requirement)[0] for requirement in required]
    explained = FIRST_CELL.findall((ROOT / "docs" / "dependencies.md").read_text())
    assert explained == names


def test_every_dependency_has_both_bounds_and_a_pin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pins = {line.split("==")[0].lower() for line in (ROOT / "requirements.lock").read_text().splitlines()}
    for requirement in [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]:
        assert ">=" in requirement, requirement
        assert "<" in requirement, requirement
        assert re.split(r"[<>=\[; ]", requirement)[0].lower() in pins


def test_the_lock_names_no_index() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text()


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\((\d{4}-[^)]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


def anchors(page: Path) -> set[str]:
    """What a page's headings are called in addresses."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_between_documents_lead_somewhere() -> None:
    for page in PAGES:
        for target, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#]*)#?([^)]*)\)", page.read_text()):
            other = page.parent / target if target else page
            assert other.exists(), f"{page.name}: {target}"
            assert not anchor or anchor in anchors(other), f"{page.name}: {target}#{anchor}"


def test_no_page_has_another_projects_package_installed() -> None:
    """PyPI's `proximal` is not this one."""
    for page in PAGES:
        assert not re.search(r"pip install (-\S+ )*proximal", page.read_text()), page.name
