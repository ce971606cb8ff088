"""The inner loops of the columnar path: plain functions of arrays that numba compiles; see compiled.py.

Each takes many texts on end: `starts[i]:starts[i + 1]` are text i's, in `data` (UTF-8 bytes), `codes` (code
points) or `plain` (normalised code points between their marks). They do in integers, or in the same float32
operations, what normalise and LinearEngine do, so that both give the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

DIGIT, LATIN, GAP, PROVINCE, NUMBERED, ALARM, SIGN, LINK = (1 << k for k in range(8))
SPACE, BLANK, OPENS, EDGE, CLOSES, CUE, HAN, DASH = (1 << k for k in range(8, 16))
WATCHED = DIGIT | PROVINCE | ALARM | SIGN
"""Classes of code points, as bits of `kinds`; compiled_tables.py fills them."""


def decode(data: Any, starts: Any, known: Any, limit: Any, codes: Any, ends: Any) -> None:
    """Turn valid UTF-8 into at most `limit` code points a text; a text that is not `known` has none."""
    at = 0
    for i in range(len(starts) - 1):
        ends[i] = at
        p, stop = starts[i], starts[i + 1] if known[i] else starts[i]
        last = at + limit
        while p < stop and at < last:
            b = np.uint32(data[p])
            if b < 0x80:
                codes[at] = b
                p += 1
            elif b < 0xE0:
                codes[at] = (b & 0x1F) << 6 | (data[p + 1] & 0x3F)
                p += 2
            elif b < 0xF0:
                codes[at] = (b & 0x0F) << 12 | (data[p + 1] & 0x3F) << 6 | (data[p + 2] & 0x3F)
                p += 3
            else:
                high = (b & 0x07) << 18 | (data[p + 1] & 0x3F) << 12
                codes[at] = high | (data[p + 2] & 0x3F) << 6 | (data[p + 3] & 0x3F)
                p += 4
            at += 1
    ends[len(starts) - 1] = at


def wrapped(codes: Any, starts: Any, kinds: Any, tail: Any, out: Any) -> None:
    """Mark the texts that body_span may cut: by their first character, or by their last and a cue near it."""
    for i in range(len(starts) - 1):
        low, high = starts[i], starts[i + 1]
        first, last = low, high
        while first < high and kinds[codes[first]] & BLANK:
            first += 1
        hit = first < high and kinds[codes[first]] & OPENS != 0
        floor = max(low, high - tail)
        while last > floor and kinds[codes[last - 1]] & EDGE:
            last -= 1
        if last > floor and kinds[codes[last - 1]] & CLOSES:
            for p in range(floor, last):
                hit |= kinds[codes[p]] & CUE != 0
        out[i] = hit


def private(codes: Any, starts: Any, kinds: Any, out: Any) -> None:
    """Mark the texts that masking may change: the conditions of masking._LIKELY, or a bracket."""
    for i in range(len(starts) - 1):
        low, high = starts[i], starts[i + 1]
        run, before, gap = 0, 0, 0
        for p in range(low, high):
            kind = kinds[codes[p]]
            if kind & DIGIT:
                run += 1
                if run >= 7 or (run >= 3 and before >= 3 and 1 <= gap <= 4):
                    out[i] = True
                    break
                continue
            if run:
                run, before, gap = 0, run, 0
            gap += 1
            if not kind & GAP:
                before = 0
            if kind & WATCHED == 0:
                continue
            q = p + 1
            if kind & SIGN and p > low and kinds[codes[p - 1]] & NUMBERED:
                while q < high and q < p + 4 and kinds[codes[q]] & LINK:
                    q += 1
                hit = q < high and kinds[codes[q]] & (LATIN | DIGIT | DASH) != 0
            else:
                if kind & PROVINCE and q < high and kinds[codes[q]] & SPACE:
                    q += 1
                hit = kind & PROVINCE != 0 and q < high and kinds[codes[q]] & LATIN != 0
            if hit or kind & ALARM:
                out[i] = True
                break


def plainly(
    codes: Any,
    starts: Any,
    skip: Any,
    fold: Any,
    kinds: Any,
    longest: Any,
    length: Any,
    plain: Any,
    ends: Any,
    han: Any,
) -> None:
    """Fold, collapse and mark the first `length` characters; tell which texts hold a Chinese character.

    A text to `skip` comes out empty.
    """
    at = 0
    for i in range(len(starts) - 1):
        ends[i] = at
        plain[at] = 2
        first = at + 1
        at, full = first, first + length
        run, cut, found, before = 0, False, False, np.uint32(0xFFFFFFFF)
        for p in range(starts[i], starts[i] if skip[i] else starts[i + 1]):
            code = fold[codes[p]]
            found |= kinds[code] & HAN != 0
            run = run + 1 if code == before else 1
            before = code
            if run > (1 if code == 32 else longest) or (code == 32 and at == first):
                continue
            if at == full:
                cut = True
                if found:
                    break
                continue
            plain[at] = code
            at += 1
        if at > first and plain[at - 1] == 32 and not cut:
            at -= 1
        plain[at] = 3
        at += 1
        han[i] = found
    ends[len(starts) - 1] = at


def score(
    plain: Any,
    starts: Any,
    order: Any,
    bits: Any,
    weights: Any,
    tf: Any,
    rarity: Any,
    scale: Any,
    step: Any,
    bias: Any,
    logits: Any,
) -> None:
    """Hash the n-grams, add the int8 rows of their buckets in integers, and turn the sums into logits.

    A bucket seen c times in a text weighs tf[c]. The text's scale is scale[n-grams] where `rarity` is empty,
    else 16 over the length of its vector of tf times rarity.
    """
    width = weights.shape[1]
    sums = np.empty(width, np.int32)
    grams = np.empty(len(scale), np.int64)
    times = np.zeros(int(bits) + 1, np.uint16)  # how often the text holds a bucket; zero between texts
    for i in range(len(starts) - 1):
        low, high = starts[i], starts[i + 1]
        n = 0
        for g in range(1, order + 1):
            for p in range(low, high - g + 1):
                state = np.uint32(g)
                for k in range(g):
                    state = np.uint32((state ^ plain[p + k]) * np.uint32(0x9E3779B1))
                    state = np.uint32(state ^ (state >> np.uint32(15)))
                state = np.uint32(state * np.uint32(0x85EBCA6B))
                grams[n + p - low] = (state ^ (state >> np.uint32(13))) & bits
            n += max(high - low - g + 1, 0)
        for q in range(n):
            times[grams[q]] += 1
        sums[:] = 0
        once, norm = 0, 0
        for q in range(n):
            bucket = grams[q]
            count = times[bucket]
            if count == 0:
                continue  # its row is in the sums
            times[bucket] = 0
            weight = tf[count]
            if len(rarity):
                norm += (weight * np.int64(rarity[bucket])) ** 2
            if count == 1:
                grams[once] = bucket
                once += 1
                continue
            a = weights[bucket]
            for j in range(width):
                sums[j] += weight * a[j]
        unit = tf[1]
        for q in range(0, once - 3, 4):  # four rows a turn: a sum is loaded and stored a quarter as often
            a, b = weights[grams[q]], weights[grams[q + 1]]
            c, d = weights[grams[q + 2]], weights[grams[q + 3]]
            for j in range(width):
                sums[j] += unit * (a[j] + b[j] + c[j] + d[j])
        for q in range(once - once % 4, once):
            a = weights[grams[q]]
            for j in range(width):
                sums[j] += unit * a[j]
        factor = np.float32(16 / np.sqrt(np.float64(norm))) if len(rarity) else scale[n]
        for j in range(len(bias)):
            logits[i, j] = np.float32(sums[j]) * step[j] * factor + bias[j]
