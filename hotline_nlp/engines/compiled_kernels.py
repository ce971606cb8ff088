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
    lows: Any,
    highs: Any,
    fold: Any,
    kinds: Any,
    longest: Any,
    length: Any,
    plain: Any,
    ends: Any,
    han: Any,
) -> None:
    """Fold, collapse and mark the first `length` characters; tell which texts hold a Chinese character.

    Text i is `codes[lows[i]:highs[i]]`.
    """
    at = 0
    for i in range(len(lows)):
        ends[i] = at
        plain[at] = 2
        first = at + 1
        at, full = first, first + length
        run, cut, found, before = 0, False, False, np.uint32(0xFFFFFFFF)
        for p in range(lows[i], highs[i]):
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
    ends[len(lows)] = at


def find(
    plain: Any, starts: Any, order: Any, bits: Any, slots: Any, lexicon: Any, rows: Any, ends: Any
) -> None:
    """Write the rows of each text's n-grams and words on end; those of text i end at ends[i + 1].

    `slots` is a vocabulary's table, empty where the low `bits` of a hash are the row; `lexicon` may be empty.
    Hashes come first, then every first slot, then the rest: many reads of the table are under way at once. A
    text's rows come in no order.
    """
    n, longest = 0, 0
    for i in range(len(starts) - 1):
        longest = max(longest, starts[i + 1] - starts[i])
    low_slot = np.uint32(len(slots) - 1)
    low_bit = np.uint32(len(lexicon) * 8 - 1)
    states = np.full((order + 1, longest), np.uint32(0x811C9DC5), np.uint32)
    hashes = np.empty(longest * (order + 1), np.uint32)
    entries = np.empty(longest * (order + 1), np.uint32)
    maybe = np.empty(longest, np.uint8)
    ends[0] = 0
    for i in range(len(starts) - 1):
        low, size = starts[i], starts[i + 1] - starts[i]
        m = 0
        for g in range(1, min(order, size) + 1):
            chars, before, after = plain[low + g - 1 : low + size], states[g - 1], states[g]
            out, salt = hashes[m:], np.uint32(g)
            for p in range(size - g + 1):
                state = np.uint32((before[p] ^ chars[p]) * np.uint32(0x9E3779B1))
                state = np.uint32(state ^ (state >> np.uint32(15)))
                after[p] = state
                h = np.uint32((state ^ salt) * np.uint32(0x85EBCA6B))
                out[p] = np.uint32(h ^ (h >> np.uint32(13)))
            m += size - g + 1
        if len(lexicon):  # the filter's first bit at every place: many reads of it are under way at once
            known = size - 2 if order >= 3 else 0
            for p in range(size):
                maybe[p] = 8 if p < known else 15
            for k in range(3):
                of, salt = states[min(2 + k, 3, order)], np.uint32((0x102, 0x103, 0x203)[k])
                for p in range(known):
                    h = np.uint32((of[p] ^ salt) * np.uint32(0x85EBCA6B))
                    h = np.uint32(h ^ (h >> np.uint32(13))) & low_bit
                    maybe[p] |= (lexicon[h >> np.uint32(3)] >> np.uint8(h & np.uint32(7)) & np.uint8(1)) << k
        p = 0 if len(lexicon) else size  # the next place where a word may begin
        while p < size:
            if maybe[p] == 8:  # no word of two or three begins here, nor a longer one
                p += 1
                continue
            state, length, longer, word = states[1, p], 1, True, np.uint32(0)
            for g in range(2, min(6, size - p) + 1):
                if g <= order:
                    state = states[g, p]
                else:
                    state = np.uint32((state ^ plain[low + p + g - 1]) * np.uint32(0x9E3779B1))
                    state = np.uint32(state ^ (state >> np.uint32(15)))
                for salt in range(0x203 if g == 3 else 0x100 + g, 0x100 + g - 1, -0x100):
                    hit = maybe[p] & (8 if g > 3 else 4 if salt >= 0x200 else g - 1) != 0
                    if hit:  # few places get beyond the first of the filter's three bits
                        h = np.uint32((state ^ np.uint32(salt)) * np.uint32(0x85EBCA6B))
                        h = np.uint32(h ^ (h >> np.uint32(13)))
                        a = h & low_bit
                        b = (np.uint32(h * np.uint32(0xC2B2AE35)) >> np.uint32(7)) & low_bit
                        c = (np.uint32(h * np.uint32(0x27D4EB2F)) >> np.uint32(7)) & low_bit
                        hit = lexicon[a >> 3] >> (a & 7) & 1 != 0
                        hit &= (lexicon[b >> 3] >> (b & 7)) & (lexicon[c >> 3] >> (c & 7)) & 1 != 0
                        if hit and salt < 0x200:
                            length, word = g, h
                    if salt >= 0x200:
                        longer = hit
                if g >= 3 and not longer:
                    break
            if length > 1:
                hashes[m] = word
                m += 1
            p += length
        if len(slots) == 0:
            for k in range(m):
                rows[n + k] = hashes[k] & bits
            n += m
            m = 0
        for k in range(m):
            entries[k] = slots[hashes[k] & low_slot]
        late = 0
        for k in range(m):  # without a branch: whether an n-gram is known can't be foretold
            entry = entries[k]
            same = entry >> np.uint32(20) == hashes[k] >> np.uint32(20)
            rows[n] = np.int32(entry & np.uint32(0xFFFFF)) - 1
            n += np.int64(same & (entry != 0))
            hashes[late] = hashes[k]
            late += np.int64(~same & (entry != 0))
        for k in range(late):  # the few whose slot another hash has
            h = hashes[k]
            tag, slot = h >> np.uint32(20), h & low_slot
            for _ in range(7):
                slot = (slot + np.uint32(1)) & low_slot
                entry = slots[slot]
                if entry == 0:
                    break
                if entry >> np.uint32(20) == tag:
                    rows[n] = np.int32(entry & np.uint32(0xFFFFF)) - 1
                    n += 1
                    break
        ends[i + 1] = n


def score(
    rows: Any,
    starts: Any,
    weights: Any,
    tf: Any,
    rarity: Any,
    scale: Any,
    step: Any,
    bias: Any,
    times: Any,
    logits: Any,
) -> None:
    """Add the int8 rows of each text in integers, and turn the sums into logits.

    A row seen c times in a text weighs tf[c]. The text's scale is scale[how many] where `rarity` is empty,
    else 16 over the length of its vector of tf times rarity. `times` counts a text's rows and is zero between
    texts.
    """
    width = weights.shape[1]
    sums = np.empty(width, np.int32)
    singles = np.empty(len(scale), np.int64)
    for i in range(len(starts) - 1):
        low, high = starts[i], starts[i + 1]
        for q in range(low, high):
            times[rows[q]] += 1
        sums[:] = 0
        once, norm = 0, 0
        for q in range(low, high):
            bucket = rows[q]
            count = times[bucket]
            if count == 0:
                continue  # its row is in the sums
            times[bucket] = 0
            weight = tf[count]
            if len(rarity):
                norm += (weight * np.int64(rarity[bucket])) ** 2
            if count == 1:
                singles[once] = bucket
                once += 1
                continue
            a = weights[bucket]
            for j in range(width):
                sums[j] += weight * a[j]
        unit = tf[1]
        for q in range(0, once - 3, 4):  # four rows a turn: a sum is loaded and stored a quarter as often
            a, b = weights[singles[q]], weights[singles[q + 1]]
            c, d = weights[singles[q + 2]], weights[singles[q + 3]]
            for j in range(width):
                sums[j] += unit * (a[j] + b[j] + c[j] + d[j])
        for q in range(once - once % 4, once):
            a = weights[singles[q]]
            for j in range(width):
                sums[j] += unit * a[j]
        factor = np.float32(16 / np.sqrt(np.float64(max(norm, 1)))) if len(rarity) else scale[high - low]
        for j in range(len(bias)):
            logits[i, j] = np.float32(sums[j]) * step[j] * factor + bias[j]
