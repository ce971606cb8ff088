"""The classifier: text -> normalise -> engine -> scores -> decide -> route -> Result."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from . import columns, evidence
from .decide import REJECT, Policy, dispatchable
from .engines.base import Engine, Floats, Head, keeps_formulas
from .engines.load import load_engine
from .engines.read import Read, plain_logits
from .engines.shares import Shares, corrected
from .normalise import checked, normalise, normalise_many
from .pack import CityPack, load_pack
from .result import Decision, Dispatch, Evidence, Place, Result, Score, Topic
from .route import Router, SpanScorer
from .taxonomy import load_taxonomy

if TYPE_CHECKING:
    import pyarrow as pa

SOFTMAX = ("type", "topic", "unit")


@dataclass(frozen=True, slots=True)
class _Scored:
    """What the heads say of a batch, by row, and what routing reads; scorers for rows of several matters."""

    plain: Sequence[str]
    tops: dict[str, Sequence[Score]]
    urgent: list[tuple[bool, float]]
    flags: list[tuple[str, ...]]
    scorers: dict[int, SpanScorer]


class Classifier:
    """Reads requests with one engine for one city; safe to share between threads."""

    def __init__(self, engine: Engine, pack: CityPack) -> None:
        """Join an engine with a city's pack."""
        self.engine, self.pack = engine, pack
        self.source: tuple[str, str] | None = None
        self.router = Router(pack)
        self._heads: dict[str, Head] = {head.name: head for head in engine.heads}
        self._domains = {topic.label: topic.domain for topic in load_taxonomy().topics}
        self._policy = Policy.from_dict(engine.manifest.get("decision"))  # type: ignore[arg-type]

    @classmethod
    def load(
        cls,
        engine_or_path: str | Path = "linear",
        *,
        city: str | Path = "xiangtan",
        device: str | None = None,
    ) -> Classifier:
        """Load a packaged engine by name, a model folder or a file of shares by path, and a city.

        Packaged are `linear`, `transformer`, `cascade`, the linear engine with the transformer for what it
        doubts, and `ensemble`, the mean of both for every text; all but the first need the extra
        `transformer`. Raises ModelNotFound, ModelCorrupt, ModelTooNew,
        MissingExtra or PackError. `device` is where the transformer runs; the linear engine runs on the CPU.
        """
        found = cls(load_engine(engine_or_path, device), load_pack(str(city)))
        found.source = str(engine_or_path), str(city)  # for other processes to load the same
        return found

    def with_shares(self, shares: Shares | Literal["pack"]) -> Classifier:
        """Return a classifier that answers for other shares of labels; see hotline_nlp.engines.shares.

        shares: {head: {label: share}}, what they leave of 1 going to the labels not named, or counts of every
        label; "pack" takes the types and topics of the city pack's month. Raises InputError for others.
        """
        from .learn.known_shares import check_known, pack_shares

        if shares == "pack":
            shares = pack_shares(self.engine, self.pack.shares)
        check_known(self.engine, shares)
        found = copy.copy(self)
        found.engine, found.source = corrected(self.engine, shares), None
        found._heads = {head.name: head for head in found.engine.heads}
        return found

    def adapted(self, texts: Sequence[str], *, head: str = "type") -> Classifier:
        """Return a classifier for the label shares that a month's unlabelled texts show.

        See hotline_nlp.learn.adapt for the method, and for when not to use it: few texts, many labels.
        """
        from .learn.adapt import estimated

        return self.with_shares({head: estimated(self, texts, head)})

    @property
    def name(self) -> str:
        """Return the model's name and version, as name@version."""
        return self.engine.name

    @property
    def manifest(self) -> dict[str, Any]:
        """Return what the model says of itself: label sets, thresholds, data hashes, metrics."""
        return self.engine.manifest

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """Return each head's labels in the order of its scores."""
        return {name: head.labels for name, head in self._heads.items()}

    def classify(self, text: str, *, history: Sequence[Any] = (), explain: bool = False) -> Result:
        """Read one request; `explain` adds the spans that moved the top label of each head.

        `history` holds earlier returns of the same order. Raises InputError where text is not a str.
        """
        return self._results([checked(text)], history=history, explain=explain)[0]

    def iter_results(self, texts: Iterable[object], *, batch_size: int = 256) -> Iterator[Result]:
        """Yield a Result a text, in order, at most a batch ahead; what is no str becomes `reject`."""
        batch: list[object] = []
        for text in texts:
            batch.append(text)
            if len(batch) >= batch_size:
                yield from self._results(batch)
                batch = []
        yield from self._results(batch)

    def probabilities(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Return each head's calibrated probabilities of raw texts, shape (texts, labels)."""
        plain = normalise_many(texts, formulas=keeps_formulas(self.engine))
        logits = plain_logits(self.engine, plain)
        return {name: head.probabilities(logits[name]) for name, head in self._heads.items()}

    def score_columns(
        self, texts: Sequence[object] | pa.Array | pa.ChunkedArray, *, dispatch: bool = True
    ) -> pa.Table:
        """Return an arrow table of labels, probabilities and decisions, one row a text, none missing.

        Columns: hotline_nlp.columns.NAMES. A null, a value that is no text or a text without words is a
        row with decision `reject`, its reason and null labels. Without `dispatch` the routing columns are
        null and do not bear on the decision.
        """
        return columns.build(self, texts, dispatch)

    def score_batch(self, source: Any, **options: Any) -> Any:
        """Score an iterable, a table or files; see hotline_nlp.batch.score_batch for the options."""
        from .batch import score_batch

        return score_batch(self, source, **options)

    def policy(self) -> Policy:
        """Return the threshold that `decision` follows and the error rate that it keeps."""
        return self._policy

    def _tops(self, head: str, p: Floats) -> Sequence[Score]:
        """Return a head's Score of each row of probabilities."""
        ranked = columns.ranked(p, self._heads[head].labels)
        if head == "topic":
            return [Topic(*best[0], best, self._domains.get(best[0][0], "")) for best in ranked]
        return [Score(*best[0], best) for best in ranked]

    def _results(
        self, texts: Sequence[object], *, history: Sequence[Any] = (), explain: bool = False
    ) -> list[Result]:
        found: list[Result] = []
        for part, read in columns.reads(self.engine, texts):
            scored = self._scored(part, read)
            found += [
                self._rejected(read.reasons[row])
                if row in read.reasons
                else self._read(str(text), scored, row, history, explain)
                for row, text in enumerate(part)
            ]
        return found

    def _scored(self, texts: Sequence[object], read: Read) -> _Scored:
        scores = {name: head.probabilities(read.logits[name]) for name, head in self._heads.items()}
        flags = columns.flags_of(self._heads.get("flags"), scores.get("flags"), len(texts))
        plain = columns.plain_texts(read)
        marked = [row for row, found in enumerate(flags) if columns.SEVERAL in found and plain[row]]
        several = {row: plain[row] for row in marked}
        return _Scored(
            plain,
            {name: self._tops(name, scores[name]) for name in SOFTMAX if name in scores},
            columns.urgencies(self._heads.get("urgent"), scores.get("urgent"), len(texts)),
            flags,
            columns.scorers(self, several) if several else {},
        )

    def _rejected(self, reason: str) -> Result:
        return Result(
            None, None, None, False, 0.0, (), Place(), Dispatch(), Decision(REJECT, reason), self.name
        )

    def _read(self, text: str, scored: _Scored, row: int, history: Sequence[Any], explain: bool) -> Result:
        tops = {name: found[row] for name, found in scored.tops.items()}
        unit, topic = tops.get("unit"), tops.get("topic")
        urgent, urgent_probability = scored.urgent[row]
        place, dispatch = self.router.route_plain(
            scored.plain[row],
            unit.alternatives if unit else (),
            topic.label if topic else "",
            history,
            scored.scorers.get(row),
        )
        deciding = tops.get(self._policy.head)
        decision = self._policy.decide(deciding.probability if deciding else 0.0)
        return Result(
            type=tops.get("type"),
            topic=topic if isinstance(topic, Topic) else None,
            unit=unit,
            urgent=urgent,
            urgent_probability=urgent_probability,
            flags=scored.flags[row],
            place=place,
            dispatch=dispatch,
            decision=dispatchable(decision, dispatch.procedure),
            model=self.name,
            evidence=self._evidence(text, tops) if explain else (),
        )

    def read_span(self, span: str) -> tuple[str, tuple[tuple[str, float], ...]]:
        """Read one part of a request with several matters: its topic and ranked unit functions."""
        scores = self.probabilities([span])
        topic, unit = (self._tops(name, scores[name])[0] if name in scores else None for name in SOFTMAX[1:])
        return topic.label if topic else "", unit.alternatives if unit else ()

    def _evidence(self, text: str, tops: dict[str, Score]) -> tuple[Evidence, ...]:
        plain = normalise(text, formulas=keeps_formulas(self.engine))
        found: list[Evidence] = []
        for head, score in tops.items():
            shares, _ = self.engine.contributions(plain.text, head, score.label)
            found += evidence.spans(text, plain, shares, head, score.label)
        return tuple(found)


@lru_cache(maxsize=8)
def _cached(engine: str, city: str) -> Classifier:
    return Classifier.load(engine, city=city)


def classify(
    text: str, *, history: Sequence[Any] = (), city: str = "xiangtan", engine: str = "linear"
) -> Result:
    """Read one request with a cached classifier; see Classifier.classify."""
    return _cached(str(engine), str(city)).classify(text, history=history)
