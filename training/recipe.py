"""The choices behind the packaged linear model, in one place; each was made on gold dev."""

from __future__ import annotations

from hotline_nlp.features import HashSpec
from hotline_nlp.learn.linear import FitConfig

VERSION = "0.1.0"
SPEC = HashSpec(order=3, bits=19, length=270, weighting="tfidf", least=3)
CONFIG = FitConfig(
    spec=SPEC, l2=0.1, balance=0.3, rare=2.0, word_weight=2.0, adjust=0.15, error_rate=0.1, max_iterations=70
)
L2 = {"type": 0.3, "urgent": 0.1, "flags": 0.1}
"""Penalties of single heads: few labels need a stronger one."""
RARE = {"type": 1.0, "urgent": 1.0, "flags": 1.0}
"""Powers of rarity of single heads: topics and units hang on rare words, types on common ones."""
MARGINS = {"type": 0.5, "topic": 0.25, "unit": 0.5}
"""Shares of the fit by squared hinge loss: it knows rare units better, and errs on other texts."""
FIRST_TEACHERS = {"teacher": 0.65, "wide": 0.35}
"""Those of the encoder's second stage: its own first stage among them."""
TEACHERS = {"mean": 0.65, "wide": 0.35}
"""Folders under .cache/ with the scores of the teachers, and the weight of each in the mean."""
SOFT_WEIGHT = {"type": 0.7, "topic": 0.8, "unit": 0.8, "urgent": 0.7, "flags": 0.7}
"""Weight of a softly labelled pool text beside a gold one, by head."""
TRUST = 0.9
"""Share of a pool label of our own in its target; the rest is the teachers'."""
SPANS = {"type": 0.3}
"""Weight of a part of a text with the teacher's label, by head; parts often lack what topic and unit need."""
WRITTEN = {"type": 0.2, "topic": 0.7, "unit": 0.4}
"""Weight of a request of our own wording beside a gold one, by head; none for heads that are not named."""
SOFT_TEMPERATURE = 1.0
"""The teacher's logits are divided by this before they become targets."""
CALIBRATION_PARTS = 4
"""One gold text in so many is held out of a first fit, to calibrate on; the final fit uses them all."""
