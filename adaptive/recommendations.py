"""What a learner should do next, decided now: caught up, chosen, put on record with its reasons, and answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from adaptive import decisions, exploring, populations, tracking
from adaptive.activities import Offering, offering, skill_names, up_to_date
from adaptive.engine import Counterfactual, Parameters, Prediction, counterfactual, predict
from adaptive.fingerprints import fingerprint
from adaptive.folding import caught_up
from adaptive.selection.choice import Choice, Offer, Request, choose
from adaptive.selection.learner import Learner
from adaptive.selection.scoring import Mode
from adaptive.standing import Standing, standing
from adaptive.subjects import agent_id_of
from lrs.observers import AnyConnection

NOTHING_KNOWN = "There is nothing to recommend yet: publish a catalogue, or send statements about activities."
STANDS = timedelta(hours=24)
"""How long a decision stands where nothing changes."""
PASSING = ("recent", "all")
"""What gave way for a while only: decided anew at every call."""
RELAXED = {
    "refused": "You have refused or put off all that is left; here it is again.",
    "recent": "You have just done all there is; here is what to repeat.",
    "format": "Nothing is left in the formats you asked for; these fit otherwise.",
    "time-budget": "Nothing is short enough for the minutes you have left this week; these fit otherwise.",
    "language": "Nothing is left in your language; these fit otherwise.",
    "all": "Nothing fits all your wishes at once; these are open to you.",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """What a caller asks for: `limit` activities at most, in a mode (None: what the learner's state suggests).

    `fresh`: decided anew, even where an earlier decision still stands.
    """

    agent: Mapping[str, Any]
    limit: int = 3
    mode: str | None = None
    fresh: bool = False


async def recommend(
    connection: AnyConnection, store_id: int, ask: Ask, *, now: datetime, decision_id: UUID
) -> dict[str, Any]:
    """The answer of GET /adaptive/recommendations, decided and recorded in the caller's transaction.

    It is the decision that was made before where nothing has changed since, and it is not old.
    """
    learner_id, folded, force = await caught_up(connection, store_id, agent_id_of(ask.agent))
    catalogue, held, constants = force.catalogue, force.held, populations.version_of(*force.population)
    who = await standing(connection, store_id, learner_id, catalogue, now)
    known = await offering(connection, store_id, catalogue, held)
    seen = fingerprint(who, (ask.limit, ask.mode), catalogue.version, len(known.candidates))
    # No decision rests on what this transaction has folded.
    may_stand = not (ask.fresh or folded)
    since = now - STANDS
    if may_stand and (made := await decisions.standing(connection, store_id, learner_id, seen, since)) is not None:
        return _answer(UUID(made["decision"]), made["mode"], made["item_version"], made["offers"], made)
    worth = await tracking.worth(connection, store_id, who, known.candidates, held.parameters, constants.population)
    who = replace(who, learner=replace(who.learner, worth=worth))
    trained = await exploring.current(connection, store_id) if ask.mode == Mode.EXPLORE else None
    # From here to the offers nothing is awaited: `held` may be led on by another task at any await.
    version, known = held.version, up_to_date(known, held)
    advice = exploring.advice(trained.bandit, who.learner, known.candidates) if trained else {}
    choice, relaxed = _choose(known, who, ask, now, decision_id, advice)
    forecasts = [_forecast(known, held.parameters, who, offer, now) for offer in choice.offers]
    names = await skill_names(connection, store_id, catalogue, known, _skills_of(choice.offers), now)
    offers = [
        _offer(known, who, offer, forecast, names) for offer, forecast in zip(choice.offers, forecasts, strict=True)
    ]
    message = _message(choice, relaxed)
    await decisions.keep(
        connection,
        store_id,
        decision_id,
        learner_id,
        made=now,
        mode=choice.mode,
        policy=who.policy,
        item_version=version,
        catalogue_version=catalogue.version,
        document=_document(known, who, ask, choice, offers, relaxed, message)
        | {"population_version": constants.number}
        | ({} if trained is None else {"bandit_version": trained.version}),
        fingerprint=seen if offers and relaxed not in PASSING else None,
    )
    return _answer(decision_id, choice.mode, version, offers, {"message": message, "relaxed": relaxed})


def _choose(
    known: Offering, who: Standing, ask: Ask, now: datetime, decision_id: UUID, advice: Mapping[int, float]
) -> tuple[Choice, str | None]:
    """The choice, and which of the learner's filters had to give way for it to offer anything."""
    mode = None if ask.mode is None else Mode(ask.mode)
    request = Request(now=now.timestamp(), limit=ask.limit, mode=mode, advice=advice)
    choice = choose(known.candidates, who.learner, request, np.random.default_rng(decision_id.int))
    if choice.offers or not choice.relaxations:
        return choice, None
    filter_ = choice.relaxations[0].filter
    without = _without(who.learner, filter_)
    again = choose(known.candidates, without, request, np.random.default_rng(decision_id.int))
    return again, filter_


def _without(learner: Learner, filter_: str) -> Learner:
    """The learner without one soft filter."""
    wishes = learner.wishes
    every = filter_ == "all"
    wishes = replace(
        wishes,
        refused={} if every or filter_ == "refused" else wishes.refused,
        only_formats=wishes.only_formats and not (every or filter_ == "format"),
        minutes=None if every or filter_ == "time-budget" else wishes.minutes,
        language=None if every or filter_ == "language" else wishes.language,
    )
    return replace(learner, wishes=wishes, seen={} if every or filter_ == "recent" else learner.seen)


def _forecast(
    known: Offering, parameters: Parameters, who: Standing, offer: Offer, now: datetime
) -> tuple[Prediction, Counterfactual] | None:
    """The engine's own prediction for a question, which is scored when the answer comes, and what that would change."""
    described = known.described[offer.activity]
    if not described.question:
        return None
    asked = (offer.activity, offer.skills, now.timestamp(), described.guessing)
    return predict(parameters, who.progress.state, *asked), counterfactual(parameters, who.progress.state, *asked)


def _skills_of(offers: Sequence[Offer]) -> set[int]:
    """Every skill that the offers mention."""
    ids = {skill for offer in offers for skill in offer.skills}
    for offer in offers:
        for reason in offer.reasons:
            ids.update(_skills_in(reason.facts))
    return ids


def _skills_in(facts: Mapping[str, Any]) -> list[int]:
    return [*([facts["skill"]] if "skill" in facts else []), *facts.get("of", ())]


def _offer(
    known: Offering,
    who: Standing,
    offer: Offer,
    forecast: tuple[Prediction, Counterfactual] | None,
    names: Mapping[int, tuple[str, str]],
) -> dict[str, Any]:
    """One recommendation as it is answered and recorded; the record has more fields."""
    described = known.described[offer.activity]
    chance = offer.success_probability if forecast is None else forecast[0].probability
    reasons = [_reason(who, offer, reason.code, reason.facts, chance, names) for reason in offer.reasons]
    if forecast is not None:
        reasons.append(decisions.worded({"code": "forecast", "facts": _forecast_facts(*forecast)}))
    return {
        "activity": {
            "id": described.iri,
            "name": described.name,
            "format": described.format,
            "minutes": described.minutes,
            "launch": described.opens,
        },
        "skills": [names[skill][0] for skill in offer.skills if skill in names],
        "success_probability": round(chance, 4),
        "reasons": reasons,
        "score": offer.score,
        "components": dict(offer.components),
        "propensity": offer.propensity,
        "terms": {} if forecast is None else {term.name: term.value for term in forecast[0].terms},
    }


def _forecast_facts(prediction: Prediction, change: Counterfactual) -> dict[str, Any]:
    return {
        "probability": round(prediction.probability, 4),
        "terms": {term.name: round(term.value, 4) for term in prediction.terms},
        "if_right": round(change.if_right, 4),
        "if_wrong": round(change.if_wrong, 4),
    }


def _reason(
    who: Standing,
    offer: Offer,
    code: str,
    given: Mapping[str, Any],
    chance: float,
    names: Mapping[int, tuple[str, str]],
) -> dict[str, Any]:
    """A reason with IRIs and names in the place of ids, and with what trainer, path or role said."""
    facts = dict(given)
    if "skill" in facts:
        source, name = who.target_sources.get(facts["skill"], ("", ""))
        if code == "goal-gap":
            facts |= {"source": source, **({"source_name": name} if name else {})}
        facts["skill"], facts["skill_name"] = names.get(facts["skill"], ("", "a skill"))
    if "of" in facts:
        known = {skill: names[skill] for skill in facts["of"] if skill in names}
        facts["of"], facts["of_names"] = [iri for iri, _ in known.values()], [name for _, name in known.values()]
        if goals := [name for skill, (_, name) in known.items() if who.target_sources.get(skill, ("",))[0] == "goal"]:
            facts["goals"] = goals
    if code == "zone":
        facts["probability"] = round(chance, 4)
    if code == "adaptivity-off":
        facts["by"] = "cohort" if who.policy == "fixed" else "learner"
    if code in ("pinned", "assigned"):
        word = who.words.get(offer.activity, {})
        code = "elective" if "elective" in word else "path" if "path" in word else code
        facts |= {name: value for name, value in word.items() if value != ""}
    return decisions.worded({"code": code, "facts": facts})


def _message(choice: Choice, relaxed: str | None) -> str | None:
    if choice.offers:
        return RELAXED[relaxed] if relaxed else None
    if choice.blocked:
        counts = ", ".join(f"{count} {name}" for name, count in choice.blocked.items())
        return f"Nothing is open to you just now ({counts}): ask your trainer."
    return NOTHING_KNOWN


def _answer(
    decision_id: UUID, mode: str, version: int, offers: Sequence[Mapping[str, Any]], said: Mapping[str, Any]
) -> dict[str, Any]:
    shown = ("activity", "skills", "success_probability", "reasons")
    answer: dict[str, Any] = {
        "decision": str(decision_id),
        "mode": str(mode),
        "item_version": version,
        "recommendations": [{name: offer[name] for name in shown} for offer in offers],
    }
    if said["message"] is not None:
        answer |= {"message": said["message"], "relaxed": said["relaxed"]}
    return answer


def _document(
    known: Offering,
    who: Standing,
    ask: Ask,
    choice: Choice,
    offers: Sequence[Mapping[str, Any]],
    relaxed: str | None,
    message: str | None,
) -> dict[str, Any]:
    return {
        "agent": dict(ask.agent),
        "request": {"limit": ask.limit, "mode": ask.mode},
        "evidence": who.progress.state.responses,
        "ability": who.learner.ability[0],
        "offers": list(offers),
        "draws": [
            {
                "activities": [known.described[activity].iri for activity in offer.drawn.activities],
                "scores": list(offer.drawn.scores),
                "probabilities": list(offer.drawn.probabilities),
                "components": {name: list(part) for name, part in offer.drawn.components.items()},
            }
            for offer in choice.offers
        ],
        "blocked": dict(choice.blocked),
        "relaxed": relaxed,
        "message": message,
    }
