"""Pure modules have no clock, no randomness and no input or output: now, ids and rng are arguments."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PURE = (
    "adaptive/actions.py",
    "adaptive/audit/scores.py",
    "adaptive/audit/watch.py",
    "adaptive/calibration",
    "adaptive/catalogue/checking.py",
    "adaptive/catalogue/compiled.py",
    "adaptive/catalogue/document.py",
    "adaptive/catalogue/frameworks.py",
    "adaptive/catalogue/keys.py",
    "adaptive/catalogue/tables.py",
    "adaptive/context_skills.py",
    "adaptive/echoes.py",
    "adaptive/engine",
    "adaptive/evidence.py",
    "adaptive/paths.py",
    "adaptive/playing.py",
    "adaptive/progress.py",
    "adaptive/reasons.py",
    "adaptive/replay.py",
    "adaptive/scoring.py",
    "adaptive/selection",
    "adaptive/subjects.py",
    "admin/demo/statements.py",
    "admin/reports/heatmap.py",
    "admin/reports/tables.py",
    "lrs/agents.py",
    "lrs/equality.py",
    "lrs/facts.py",
    "lrs/formats.py",
    "lrs/intake.py",
    "lrs/presentation.py",
    "lrs/reading.py",
    "lrs/repair.py",
    "lrs/rows.py",
    "lrs/signatures.py",
    "lrs/statement_text.py",
    "lrs/terms.py",
    "lrs/validation",
    "tutor/exercises.py",
    "tutor/guard.py",
    "tutor/instructions.py",
    "tutor/ladder.py",
    "tutor/marking.py",
    "tutor/numbers.py",
    "tutor/passages.py",
    "tutor/statements.py",
    "tutor/wording.py",
    "tutor/words.py",
)
MODULES = {"asyncio", "asyncpg", "httpx", "random", "secrets", "socket", "subprocess", "time"}
NAMES = {"default_rng", "now", "perf_counter", "monotonic", "today", "utcnow", "uuid1", "uuid4"}
CALLS = {"input", "open", "print"}


def files() -> list[Path]:
    named = [ROOT / name for name in PURE]
    return sorted(file for path in named for file in (path.rglob("*.py") if path.is_dir() else [path]))


def impurities(source: str) -> list[str]:
    """What the source reaches for that a pure module may not, with line numbers."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            wrong = [name.name for name in node.names if name.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".")[0]
            wrong = [name.name for name in node.names if module in MODULES or name.name in NAMES]
        elif isinstance(node, ast.Call):
            wrong = [_called(node)] if _called(node) in NAMES | CALLS and not _is_own(node) else []
        else:
            continue
        found += [f"line {node.lineno}: {name}" for name in wrong]
    return found


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_own(node: ast.Call) -> bool:
    """A method that merely shares a builtin's name."""
    return isinstance(node.func, ast.Attribute) and node.func.attr in CALLS


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_pure_module_reaches_for_nothing(file: Path) -> None:
    assert impurities(file.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.utcnow()",
        "from uuid import uuid4",
        "import uuid\nuuid.uuid4()",
        "import random",
        "from random import choice",
        "import time\n",
        "import numpy as np\nnp.random.default_rng()",
        "open('x')",
        "import asyncpg",
    ],
)
def test_the_ban_sees_what_it_bans(source: str) -> None:
    assert impurities(source)


def test_what_is_declared_pure_exists() -> None:
    assert [name for name in PURE if not (ROOT / name).exists()] == []


def test_the_ban_lets_arguments_be() -> None:
    assert impurities("def f(now, rng):\n    return now, rng.random(), door.open()") == []
    assert len(files()) > 20
