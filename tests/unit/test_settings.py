"""Settings that cannot be used are named, and what would do is said."""

import pytest

from lrs.errors import OperatorError
from lrs.settings import settings_from


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PROXIMAL_PROT", "8080", "there is no such setting; docs/operators.md lists them all"),
        ("PROXIMAL_PORT", "99999", "input should be less than or equal to 65535"),
        ("PROXIMAL_PUBLIC_URL", "https://learn.example.org/path", "it has to be an address such as https://"),
        ("PROXIMAL_LLM_BASE_URL", "localhost:11434/v1", "it has to be an address such as https://"),
    ],
)
def test_what_cannot_be_used_is_named(name: str, value: str, sentence: str) -> None:
    with pytest.raises(OperatorError, match=f"^{name} cannot be used: {sentence}"):
        settings_from({name: value})


def test_an_empty_variable_is_not_set() -> None:
    assert settings_from({"PROXIMAL_PORT": "", "PROXIMAL_PROT": ""}) == settings_from({})


def test_a_model_may_be_served_under_a_path() -> None:
    assert settings_from({"PROXIMAL_LLM_BASE_URL": "http://127.0.0.1:11434/v1"}).llm_base_url
