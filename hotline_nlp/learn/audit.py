"""Find labels that deserve a second look: likely wrong, contradicted by a near-copy, or leaked by the text.

Wrong labels by confident learning (Northcutt, Jiang and Chuang 2021, "Confident learning: estimating
uncertainty in dataset labels", library cleanlab) on probabilities of a model that has not seen the row.
With many labels and few rows that model is often wrong itself and confident learning lists far more labels
than are wrong; so a label is doubted only for one that the model holds for likelier than not, and none is
where the model agrees with less than half of the labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from .._require import require
from ..calibrate import fit_temperature, log_softmax
from ..errors import TrainingError
from ..features import HashSpec, featurise, prepared, to_csr
from ..normalise import normalise
from .duplicates import near_duplicates
from .leaks import leaks, unit_names
from .linear import FitConfig, HeadData, cross_fit

if TYPE_CHECKING:
    from ..pack import CityPack

Kind = Literal["label", "contradiction", "leak"]
Progress = Callable[[str], None]
QUICK = FitConfig(spec=HashSpec(order=2, bits=16), max_iterations=30)
"""A fit that is a few times faster than a model's own and good enough to doubt labels by."""
FOLDS = 4
"""Parts of the rows; each is judged by a fit to the others."""
SURE, AGREED = 0.5, 0.5
"""The least probability of a suggestion, and the least share of the labels that the judge agrees with.

Measured by `python -m benchmarks care` on tables of 400 and 2,000 real requests, 6% of the labels replaced.
Where the judge agrees with 58 to 74% of the labels, SURE lists 4,769 instead of 8,124 and 1,401 of the
2,304 replaced ones instead of 1,885. Where it agrees with 39 to 50% (topics and units of 400 rows), SURE
alone would list 360 instead of 1,941 and 74 of 288 replaced ones instead of 214; AGREED keeps these lists
back.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: the row (position from 0), the label column, what is there and what is proposed.

    confidence: in [0, 1]; for a label the out-of-fold probability of the suggestion, for a contradiction the
    share of the copies that carry it, for a leak how plainly the words tell the label.
    """

    row: int
    head: str
    kind: Kind
    given: str
    suggestion: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Audit:
    """All findings, the surest first within each kind, and notes: what was not judged, how well the rest."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Return how many findings there are of each kind."""
        return dict(Counter(found.kind for found in self.findings))


def audit(
    texts: Sequence[str],
    labels: Mapping[str, Sequence[str]],
    *,
    pack: CityPack | None = None,
    config: FitConfig | None = None,
    folds: int = FOLDS,
    progress: Progress | None = None,
) -> Audit:
    """Look through labelled requests; texts are raw, labels one sequence a head ("" where unknown).

    The head named "unit" is also searched for leaks, with the pack's aliases where one is given. Raises
    MissingExtra without cleanlab and TrainingError where no head has two labels to tell apart.
    """
    require("cleanlab", "train")
    config = config or QUICK
    plain = [normalise(text).text for text in texts]
    groups = near_duplicates(plain)
    found: list[Finding] = []
    notes: list[str] = []
    judged = False
    for head, values in labels.items():
        found += contradictions(head, values, groups)
        usable, rare = learnable(values, folds)
        if rare:
            notes.append(f"{head}: too few rows to judge (under {folds}): {', '.join(rare)}")
        if len({values[i] for i in usable}) < 2:
            notes.append(f"{head}: fewer than two labels have {folds} rows or more, so none is doubted")
        else:
            probabilities, names = out_of_fold(plain, values, usable, groups, config, folds, progress)
            doubted, note = judge(head, values, usable, probabilities, names)
            found += doubted
            notes.append(note)
            judged = True
        if head == "unit":
            found += leaked(texts, values, pack)
    if not judged:
        raise TrainingError(f"nothing can be judged: {'; '.join(notes)}. Give more labelled rows.")
    order = {"contradiction": 0, "label": 1, "leak": 2}
    found.sort(key=lambda f: (order[f.kind], -f.confidence, f.row))
    return Audit(tuple(found), tuple(notes))


def learnable(values: Sequence[str], least: int) -> tuple[NDArray[np.int64], list[str]]:
    """Return the rows whose label has at least `least` rows, and the labels that have fewer."""
    counts = Counter(value for value in values if value)
    rare = sorted(label for label, count in counts.items() if count < least)
    rows = [i for i, value in enumerate(values) if value and counts[value] >= least]
    return np.array(rows, np.int64), rare


def out_of_fold(
    plain: Sequence[str],
    values: Sequence[str],
    usable: NDArray[np.int64],
    groups: NDArray[np.int64],
    config: FitConfig,
    folds: int = FOLDS,
    progress: Progress | None = None,
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return calibrated probabilities of the usable rows, shape (rows, labels), and the labels' names.

    Each row is judged by a fit without its fold; near-copies share a fold, so that none vouches for another.
    Raises TrainingError where fewer than two labels are left.
    """
    names = tuple(sorted({values[i] for i in usable}))
    if len(names) < 2:
        raise TrainingError(f"fewer than two labels have {folds} rows or more: give more labelled rows.")
    number = {name: i for i, name in enumerate(names)}
    truth = np.array([number[values[i]] for i in usable])
    _, member = np.unique(groups[usable], return_inverse=True)
    dealt = np.random.default_rng(config.seed).permutation(int(member.max()) + 1) % folds
    texts = [plain[i] for i in usable]
    spec = prepared(texts, config.spec)
    rows = to_csr(featurise(texts, spec), spec)
    targets = np.eye(len(names), dtype=np.float32)[truth]
    head = HeadData("label", "softmax", names, targets, np.ones(len(truth), np.float32))
    logits = cross_fit(rows, [head], dealt[member], config, progress=progress)["label"]
    scaled = logits.astype(np.float64) / fit_temperature(logits, truth)
    return np.asarray(np.exp(log_softmax(scaled))), names


def agreement(
    values: Sequence[str],
    usable: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    names: Sequence[str],
) -> float:
    """Return the share of the usable rows' labels that the probabilities hold for likeliest."""
    given = np.array([values[i] for i in usable])
    return float((np.array(names)[probabilities.argmax(axis=1)] == given).mean())


def judge(
    head: str,
    values: Sequence[str],
    usable: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    names: Sequence[str],
) -> tuple[list[Finding], str]:
    """Return the labels to doubt, none where the judge agrees with too few, and how far to trust it."""
    agreed = agreement(values, usable, probabilities, names)
    told = f"{head}: judged by a model that has not read the row and agrees with"
    if agreed < AGREED:
        return [], f"{told} only {agreed:.0%} of the labels, too few to doubt any: give more rows a label"
    note = f"{told} {agreed:.0%} of the labels: what it doubts may be its own mistake"
    return wrong_labels(head, values, usable, probabilities, names), note


def wrong_labels(
    head: str,
    values: Sequence[str],
    usable: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    names: Sequence[str],
    *,
    sure: float = SURE,
) -> list[Finding]:
    """Return the labels that confident learning doubts for one of at least the probability `sure`."""
    filters: Any = require("cleanlab.filter", "train")
    number = {name: i for i, name in enumerate(names)}
    given = np.array([number[values[i]] for i in usable])
    suspects = filters.find_label_issues(
        given, probabilities, filter_by="both", return_indices_ranked_by="self_confidence", n_jobs=1
    )
    out = []
    for i in (int(i) for i in suspects):
        best = int(probabilities[i].argmax())
        if best == given[i] or probabilities[i, best] < sure:
            continue
        own, other = float(probabilities[i, given[i]]), float(probabilities[i, best])
        reason = f"模型未见此行时判为“{names[best]}”（{other:.2f}），原标签“{names[given[i]]}”仅 {own:.2f}"
        out.append(Finding(int(usable[i]), head, "label", names[given[i]], names[best], other, reason))
    return out


def contradictions(head: str, values: Sequence[str], groups: NDArray[np.int64]) -> list[Finding]:
    """Return the labelled rows of each near-duplicate group whose labels differ."""
    members: dict[int, list[int]] = {}
    for row, group in enumerate(groups.tolist()):
        if values[row]:
            members.setdefault(group, []).append(row)
    out = []
    for rows in members.values():
        counts = Counter(values[row] for row in rows)
        if len(counts) < 2:
            continue
        (top, count), (_, second) = counts.most_common(2)
        told = "、".join(f"{label}×{n}" for label, n in counts.most_common())
        suggestion = top if count > second else ""
        reason = f"近似重复的 {len(rows)} 条标签不一致：{told}"
        share = count / len(rows)
        out += [
            Finding(row, head, "contradiction", values[row], suggestion, share, reason)
            for row in rows
            if values[row] != suggestion
        ]
    return out


def leaked(texts: Sequence[str], values: Sequence[str], pack: CityPack | None) -> list[Finding]:
    """Return the rows whose text directs a unit to act or names the unit of its own label."""
    names = unit_names(sorted({value for value in values if value}), pack)
    out = []
    for row, (text, value) in enumerate(zip(texts, values, strict=True)):
        for leak in leaks(text, value, names):
            what = "含派单指令" if leak.directive else "点名了本行的承办单位"
            where = (
                "位于开头或结尾套话，训练前会被切除（加--formulas则保留）"
                if leak.cut
                else "位于正文，模型会读到"
            )
            sure = 0.5 + 0.25 * leak.directive + 0.25 * (leak.own and leak.directive)
            reason = f"第 {leak.start + 1} 字起{what}“{leak.unit}”，{where}"
            out.append(Finding(row, "unit", "leak", value, f"删去“{leak.words}”", sure, reason))
    return out
