"""Join place, unit function, rules, duties and history into one dispatch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from hotline_nlp.normalise import mask
from hotline_nlp.pack import CityPack
from hotline_nlp.pack.model import LOCAL
from hotline_nlp.result import Dispatch, Matter, Place
from hotline_nlp.route import reasons
from hotline_nlp.route.answer import (
    CONFIRM_PLACE,
    DIRECT,
    JOINT,
    JOINT_INVESTIGATION,
    UNCLEAR_DUTY,
    Reason,
    Routing,
)
from hotline_nlp.route.corrections import read_corrections
from hotline_nlp.route.duties import DutyIndex
from hotline_nlp.route.extras import read_distractors
from hotline_nlp.route.learning import Learned, learn_returns
from hotline_nlp.route.place import PlaceResolver
from hotline_nlp.route.reading import Reading
from hotline_nlp.route.returns import (
    Bounce,
    apply_history,
    read_history,
)
from hotline_nlp.route.rules import Rule, RuleBook, read_rules
from hotline_nlp.route.split import SpanScorer, Units, split
from hotline_nlp.route.tags import Tagger
from hotline_nlp.route.units import UnitTable, simplify

DOUBT, NO_FIT, SHOWN = 0.33, 0.17, 0.0005
RULE_SHARE = 0.95
ANYTHING = "其他"
"""DOUBT: below this probability of the top function the model doubts. NO_FIT: below this overlap of wording
none of the duties of the functions that it names fits. SHOWN: a candidate's least share. RULE_SHARE: what
the unit of a rule gets; the rest stays with the model's ranking."""


class Router:
    """Routes requests of one city; safe to share between threads.

    Reads, beside the pack, its optional files distractors.csv, rules.csv and returns.csv; raises PackError,
    with file and line, for a faulty one.
    """

    def __init__(self, pack: CityPack) -> None:
        """Compile the pack."""
        self.pack = pack
        folder: Path = pack.folder
        self.units = UnitTable(pack)
        self.places = PlaceResolver(pack, read_distractors(folder / "distractors.csv"))
        self.rules = RuleBook(read_rules(folder / "rules.csv", pack))
        self.duties = DutyIndex(pack)
        self.tagger = Tagger(pack.tags)
        self.learnt = read_corrections(folder / "returns.csv", self.units)
        self._holders = lru_cache(maxsize=1 << 10)(self._held_by)
        self._own = lru_cache(maxsize=1 << 10)(self._own_duties)

    def route(
        self,
        text: str,
        units: Units,
        topic: str = "",
        history: Sequence[Any] = (),
        scorer: SpanScorer | None = None,
    ) -> tuple[Place, Dispatch]:
        """Return the place and the dispatch of one request; see trace for the arguments."""
        return self.route_plain(mask(simplify(text)), units, topic, history, scorer)

    def route_plain(
        self,
        text: str,
        units: Units,
        topic: str = "",
        history: Sequence[Any] = (),
        scorer: SpanScorer | None = None,
    ) -> tuple[Place, Dispatch]:
        """Return what `route` does for a text that is masked and in simplified characters already."""
        routing = self._trace(text, units, topic, history, scorer, 1)
        return routing.place, routing.dispatch

    def brief(self, text: str, units: Units, topic: str = "") -> tuple[str, str, str]:
        """Return (lead unit, district, procedure) as `route` does without history and scorer, but quicker."""
        text = simplify(text)
        reading = self.places.resolve(text)
        district = reading.place.district
        if self._unclear(text, units, topic, reading):
            return "", district, UNCLEAR_DUTY
        function = units[0][0]
        rule = self.rules.match(function, topic, text, reading.area)
        if rule is not None:
            lead = self._real_or_id(rule.unit, topic, text, reading)
        elif topic in self.learnt:
            lead = _best(self._scores(text, units, topic, reading)[0])
        else:
            lead = self._real(function, topic, text, reading)
        if self._open(lead, reading):
            return lead, district, CONFIRM_PLACE
        return lead, district, JOINT if rule is not None and rule.co_units else DIRECT

    def lead(self, text: str, units: Units, topic: str = "") -> str:
        """Return the lead that `route` would name for a request without history, without the reasons."""
        return self.brief(text, units, topic)[0]

    def route_many(
        self, texts: Sequence[str], units: Sequence[Units], topics: Sequence[str] | None = None
    ) -> dict[str, list[str]]:
        """Return the columns lead_unit, district and procedure, a value a text, without reasons."""
        rows = [
            self.brief(text, units[row], topics[row] if topics is not None else "")
            for row, text in enumerate(texts)
        ]
        names = ("lead_unit", "district", "procedure")
        return {name: [row[k] for row in rows] for k, name in enumerate(names)}

    def trace(
        self,
        text: str,
        units: Units,
        topic: str = "",
        history: Sequence[Any] = (),
        scorer: SpanScorer | None = None,
    ) -> Routing:
        """Return the full answer for one request.

        units: (unit function, probability), the best first. history: earlier Returns of the same order.
        scorer: reads a span of the text; with it, a request with several matters gets a lead and co-units.
        Raises InputError for a history that is malformed or names an unknown unit.
        """
        return self._trace(mask(simplify(text)), units, topic, history, scorer, 3)

    def _trace(
        self,
        text: str,
        units: Units,
        topic: str,
        history: Sequence[Any],
        scorer: SpanScorer | None,
        duties: int,
    ) -> Routing:
        """Return the full answer for a masked, simplified text, with this many of the lead's duties."""
        reading, hits = self.places.locate(text)
        bounces = read_history(history, self.units, reading.area) if history else ()
        steps = reasons.place(text, reading, hits)
        if not units or (self._unclear(text, units, topic, reading) and not bounces):
            return self._nobody(text, units, topic, reading, steps)
        matters = self._matters(text, reading, scorer) if scorer else ()
        scores, rule = self._scores(text, units, topic, reading)
        shown = self._spread(scores, units, reading, 0.0 if bounces or rule else SHOWN)
        if len(bounces) == 1 and shown.keys() <= {bounces[0].unit} and not bounces[0].target:
            return self._nobody(text, units, topic, reading, steps + reasons.history(bounces, ""))
        if bounces:
            shown = scores = apply_history(shown, bounces)
        lead, why = self._lead_of(matters, text, _best(scores))
        if len(bounces) >= 2 and self._open(lead, reading):
            lead, why = _best({name: shown[name] for name in _disputing(bounces)}), reasons.DISPUTED
        helped = matters or bounces or (rule is not None and rule.co_units)
        co_units = self._co_units(lead, rule, matters, bounces, reading, topic, text) if helped else ()
        stated = lead in {bounce.target for bounce in bounces}
        needs = ("place",) if self._open(lead, reading) and not stated else ()
        procedure = CONFIRM_PLACE if needs else JOINT if co_units else DIRECT
        if len(bounces) >= 2:
            procedure = JOINT_INVESTIGATION
        nearest = tuple(self.duties.fits(text, topic, self._own(lead), duties))
        steps += reasons.function(units, rule, text, self.units, lead, reading, topic)
        steps += reasons.duty(nearest[:1])
        if topic in self.learnt:
            steps += reasons.learned(units, topic, lead, reading, self.units, self.learnt, text)
        if helped:
            steps += reasons.matters(text, matters, lead, why, co_units, rule)
            steps += reasons.history(bounces, procedure)
        if needs:
            steps += reasons.needs(needs, reading)
        dispatch = Dispatch(
            lead,
            co_units,
            procedure,
            tuple([step.text for step in steps]),
            _ranked(shown, lead),
            needs,
            *self.tagger.read(text, topic),
            matters,
        )
        return Routing(reading.place, dispatch, reading, nearest, tuple(steps))

    def learn_returns(
        self, table: str | Path | Iterable[Mapping[str, Any]], out: Path | None = None, **options: Any
    ) -> Learned:
        """Learn corrections from past returns into the pack's returns.csv, or another file, and use them.

        For the table and the options (columns, sheet, skip_bad, replace) see learning.learn_returns.
        """
        target = out if out is not None else self.pack.folder / "returns.csv"
        learned = learn_returns(table, self.units, target, **options)
        self.learnt = read_corrections(target, self.units)
        return learned

    def _scores(
        self, text: str, units: Units, topic: str, reading: Reading
    ) -> tuple[dict[str, float], Rule | None]:
        """Return each real unit's share, 属地 as one unit, and the rule that set them, if any."""
        scores: dict[str, float] = {}
        if not units:
            return scores, None
        for function, p in units:
            name = self._real(function, topic, text, reading)
            scores[name] = scores.get(name, 0.0) + p
        scores[next(iter(scores))] = max(scores.values())  # the model's first stays first
        if topic in self.learnt:
            scores = self.learnt.apply(topic, scores)
        rule = self.rules.match(units[0][0], topic, text, reading.area)
        if rule is not None:
            name = self._real_or_id(rule.unit, topic, text, reading)
            scores = {other: p * (1.0 - RULE_SHARE) for other, p in scores.items()}
            scores[name] = RULE_SHARE
        return scores, rule

    def _real(self, function: str, topic: str, text: str, reading: Reading) -> str:
        if function == LOCAL and not reading.area:
            return self.units.local(reading.areas[0][0] if reading.areas else "")
        return self.units.lead(function, reading.area, topic, text)

    def _real_or_id(self, unit: str, topic: str, text: str, reading: Reading) -> str:
        found = self.pack.unit(unit)
        return found.name if found else self._real(unit, topic, text, reading)

    def _spread(
        self, scores: Mapping[str, float], units: Units, reading: Reading, least: float
    ) -> dict[str, float]:
        """Return the shares with 属地's spread over the districts that get this much."""
        found = dict(scores)
        if LOCAL not in [function for function, _ in units]:
            return found
        local = self._real(LOCAL, "", "", reading)
        mass = found.pop(local, 0.0)
        for name, share in self.units.spread(reading):
            if mass * share < least:
                break
            found[name] = found.get(name, 0.0) + mass * share
        return found

    def _unclear(self, text: str, units: Units, topic: str, reading: Reading) -> bool:
        """Tell whether the model doubts, no rule holds and no duty of its units fits by topic or wording."""
        if units and units[0][1] >= DOUBT:
            return False
        if units and self.rules.match(units[0][0], topic, text, reading.area):
            return False
        holders = [self._holders(function) for function, _ in units]
        if topic != ANYTHING and any(self.duties.covers(topic, names) for names in holders):
            return False
        return all(self.duties.overlap(text, names) < NO_FIT for names in holders)

    def _held_by(self, function: str) -> frozenset[str]:
        """Return a unit function and the ids of its units, as duties name them."""
        return frozenset((function, *(unit.id for unit in self.pack.units_for(function))))

    def _nobody(self, text: str, units: Units, topic: str, reading: Reading, steps: list[Reason]) -> Routing:
        holders = {name for function, _ in units for name in self._holders(function)}
        fits = self.duties.fits(text, topic)
        fits.sort(key=lambda fit: (fit.score == 0.0, fit.duty.unit not in holders, -fit.score, fit.duty.id))
        nearest = tuple(fits[:3])
        steps = [*steps, *reasons.nobody(nearest)]
        tags, urgency = self.tagger.read(text, topic)
        told = tuple(step.text for step in steps)
        dispatch = Dispatch(procedure=UNCLEAR_DUTY, reasons=told, tags=tags, urgency=urgency)
        return Routing(reading.place, dispatch, reading, nearest, tuple(steps))

    def _matters(self, text: str, whole: Reading, scorer: SpanScorer) -> tuple[Matter, ...]:
        found = []
        for span in split(text, scorer):
            part = text[span.start : span.end]
            own = self.places.resolve(part)
            reading = own if own.area else whole
            scores, _ = self._scores(part, span.units, span.topic, reading)
            function, p = span.units[0]
            found.append(Matter(span.start, span.end, span.topic, function, _best(scores), p))
        return tuple(found) if len({matter.unit for matter in found}) > 1 else ()

    def _lead_of(self, matters: Sequence[Matter], text: str, lead: str) -> tuple[str, str]:
        """Return who leads several matters, and why.

        The unit of the gravest one leads, else the whole text's, else that of the first.
        """
        if not matters:
            return lead, ""
        gravest = self.tagger.gravest
        for matter in matters:
            _, hit = self.tagger.read(text[matter.start : matter.end], matter.topic)
            if hit is not None and hit.words and hit.tag == gravest:
                return matter.unit, reasons.GRAVEST
        if any(matter.unit == lead for matter in matters):
            return lead, reasons.WHOLE
        return matters[0].unit, reasons.FIRST

    def _co_units(
        self,
        lead: str,
        rule: Rule | None,
        matters: Sequence[Matter],
        bounces: Sequence[Bounce],
        reading: Reading,
        topic: str,
        text: str,
    ) -> tuple[str, ...]:
        names = [matter.unit for matter in matters]
        if rule is not None:
            names += [self._real_or_id(unit, topic, text, reading) for unit in rule.co_units]
        if len(bounces) >= 2:
            names += _disputing(bounces)
        return tuple(name for name in dict.fromkeys(names) if name != lead)

    def _open(self, lead: str, reading: Reading) -> bool:
        """Tell whether the lead is a district that the text does not name for sure."""
        return reading.place.confidence < 0.5 and self.units.function_of(lead) == LOCAL

    def _own_duties(self, lead: str) -> frozenset[str]:
        """Return whose duties bear on a lead: its function's and its own, or all of its function's units'."""
        unit = self.pack.find_unit(lead)
        function = self.units.function_of(lead)
        return self.duties.holders & ({function, unit.id} if unit else self._holders(function))


def _ranked(shares: Mapping[str, float], lead: str) -> tuple[tuple[str, float], ...]:
    """Return the units with a share worth showing, the lead first, then the best."""
    found = [(-p, name) for name, p in shares.items() if p >= SHOWN]
    found.sort()
    ranked = [(name, _rounded(-p)) for p, name in found]
    if ranked and ranked[0][0] != lead:
        ranked.sort(key=lambda item: item[0] != lead)
    return tuple(ranked)


def _rounded(share: float) -> float:
    """Return round(share, 4), in a third of the time unless the share lies half-way."""
    scaled = share * 10_000.0
    whole = int(scaled + 0.5)
    return whole / 10_000.0 if abs(scaled - whole) < 0.499999 else round(share, 4)


def _disputing(bounces: Sequence[Bounce]) -> list[str]:
    """Return who returned an order and whom they named."""
    return list(dict.fromkeys(name for b in bounces for name in (b.unit, b.target) if name))


def _best(scores: Mapping[str, float]) -> str:
    return max(scores, key=lambda name: scores[name]) if scores else ""
