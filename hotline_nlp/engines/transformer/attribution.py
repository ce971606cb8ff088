"""What each token adds to a label's logit, by integrated gradients.

Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep networks": the gradient of the logit by the
word embeddings, averaged along the straight line from a text of padding tokens to the text, times the way.
The integral is taken by Gauss-Legendre quadrature, so the shares add up to the difference of the two logits
but for the quadrature's error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..base import Floats
from .paths import torch_of
from .reference import Reference

STEPS = 8


def integrated(
    model: Reference, ids: Sequence[int], free: Sequence[bool], pad: int, weight: Floats
) -> Floats:
    """Return each token's share of weight @ pooled, shape (tokens,); tokens that are not `free` have 0."""
    torch, device = torch_of(), model.device
    nodes, shares = np.polynomial.legendre.leggauss(STEPS)
    at, part = torch.tensor(np.stack([(nodes + 1) / 2, shares / 2]), dtype=torch.float32, device=device)
    words = model.model.get_input_embeddings()
    text = words(torch.tensor([list(ids)], device=device))
    blank = words(torch.tensor([pad], device=device))
    start = torch.where(torch.tensor(free, device=device)[:, None], blank, text)
    between = (start + at[:, None, None] * (text - start)).detach().requires_grad_(True)
    known = torch.ones(between.shape[:2], dtype=torch.bool, device=device)
    logits = model.mean(known, inputs_embeds=between) @ torch.from_numpy(weight).to(device)
    (slope,) = torch.autograd.grad(logits.sum(), between)
    mean = (slope * part[:, None, None]).sum(0)
    out: Floats = (mean * (text - start)[0]).sum(1).cpu().numpy()
    return out
