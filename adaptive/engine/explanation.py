"""Predictions in a sentence, from the same numbers that made them."""

from adaptive.engine.prediction import Counterfactual, Prediction

_WORDS = {
    "start": "how answers usually go",
    "ability": "general ability",
    "skill": "the skill itself",
    "form": "form in these hours",
    "item": "how easy the item is",
    "recent": "the last answers",
    "practice": "how often it was practised",
    "pause": "the pause before it",
    "neighbours": "what was just answered",
}
_WORTH_NAMING = 0.05


def because(prediction: Prediction, most: int = 3) -> str:
    """The chance and the terms (logits) that move it most, the strongest first."""
    strongest = sorted(prediction.terms, key=lambda term: (-abs(term.value), term.name))[:most]
    named = [term for term in strongest if abs(term.value) >= _WORTH_NAMING]
    chance = f"{_percent(prediction.probability)} %"
    if not named:
        return f"{chance}: nothing speaks for or against."
    up = [f"{_WORDS[term.name]} (+{term.value:.1f})" for term in named if term.value > 0]
    down = [f"{_WORDS[term.name]} (−{-term.value:.1f})" for term in named if term.value < 0]
    parts = [f"{word} {_listed(terms)}" for word, terms in (("for it speak", up), ("against it", down)) if terms]
    return f"{chance}: {', '.join(parts)}."


def what_if(counterfactual: Counterfactual) -> str:
    """What a right and a wrong answer would change."""
    now, right, wrong = map(_percent, (counterfactual.now, counterfactual.if_right, counterfactual.if_wrong))
    return f"If this is answered right: {now} → {right} %; if wrong: {now} → {wrong} %."


def _percent(probability: float) -> int:
    return round(100 * probability)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
