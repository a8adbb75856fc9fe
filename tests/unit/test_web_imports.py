"""A web process holds little: what only the worker, a calibration or a language model needs is not loaded with it."""

import subprocess
import sys

HEAVY = ("openai", "river", "scipy.optimize", "scipy.stats", "pandas", "markitdown")


def test_a_web_process_starts_without_what_it_seldom_needs() -> None:
    program = f"import sys, admin.web; print([name for name in {HEAVY} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
