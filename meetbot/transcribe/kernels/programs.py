"""What a GPU computes for a handful of tokens a row, in Triton: layers, attention, norms, sums over a vocabulary.

A token's numbers do not depend on how many are computed with it: every tile has one shape, and sums run in one order.
So a pass over several drafted tokens, up to `gpu.FEW` in all, chooses what passes over one would have chosen, in 16
bits too. (For how many rows a pass is recorded may change the last bit: attention of few is divided among more
programs.)

Everything is bound by reading weights and the keys and values of the sound, so each is read once a pass, and what is
added, activated or normalised behind it happens while it is there. `gpu` calls these with tensors.
"""

from __future__ import annotations

import triton
import triton.language as tl

ROUNDED = tl.constexpr(0)
GELU = tl.constexpr(1)
ADDED = tl.constexpr(2)
EXACT = tl.constexpr(3)


@triton.jit
def linear(
    x, weight, bias, out, parts, arrived, rows, outs,
    WIDTH: tl.constexpr, BIASED: tl.constexpr, ENDING: tl.constexpr,
    ROWS: tl.constexpr, OUTS: tl.constexpr, DEPTH: tl.constexpr, SPLITS: tl.constexpr,
):  # fmt: skip
    """`x` (rows, WIDTH) times `weight` (outs, WIDTH): rounded, through a GELU, added to 32-bit sums, or in 32 bits.

    A narrow layer has too few tiles for all processors, so with SPLITS each tile's sum is divided among programs, and
    the last of them to arrive adds the parts up, always in the same order. `arrived` is zero before and after.
    """
    row = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(0) * OUTS + tl.arange(0, OUTS)
    inside = (row[:, None] < rows) & (column[None, :] < outs)
    depth = tl.arange(0, DEPTH)
    sums = tl.zeros((ROWS, OUTS), tl.float32)
    begin = tl.program_id(2) * (WIDTH // SPLITS)
    for first in range(begin, begin + WIDTH // SPLITS, DEPTH):
        some = tl.load(x + row[:, None] * WIDTH + first + depth[None, :], mask=row[:, None] < rows, other=0.0)
        part = tl.load(
            weight + column[:, None] * WIDTH + first + depth[None, :], mask=column[:, None] < outs, other=0.0
        )
        sums = tl.dot(some, tl.trans(part), sums)
    if SPLITS > 1:
        tile = tl.program_id(1) * tl.num_programs(0) + tl.program_id(0)
        within = tl.arange(0, ROWS)[:, None] * OUTS + tl.arange(0, OUTS)[None, :]
        part_of = parts + tile * SPLITS * ROWS * OUTS + within
        tl.store(part_of + tl.program_id(2) * ROWS * OUTS, sums)
        tl.debug_barrier()
        if tl.atomic_add(arrived + tile, 1) != SPLITS - 1:
            return
        tl.store(arrived + tile, 0)
        sums = tl.zeros((ROWS, OUTS), tl.float32)
        for split in tl.static_range(SPLITS):
            sums += tl.load(part_of + split * ROWS * OUTS, cache_modifier=".cg")
    if BIASED:
        sums += tl.load(bias + column, mask=column < outs, other=0.0).to(tl.float32)[None, :]
    place = out + row[:, None] * outs + column[None, :]
    if ENDING == GELU:
        sums = 0.5 * sums * (1.0 + tl.erf(sums * 0.7071067811865476))
    if ENDING == ADDED:
        sums += tl.load(place, mask=inside, other=0.0)
    tl.store(place, sums.to(out.dtype.element_ty), mask=inside)


@triton.jit
def layer_norm(x, weight, bias, out, WIDTH: tl.constexpr, BLOCK: tl.constexpr):
    """Rows of 32 bits, normalised over WIDTH numbers, in the precision of `out`."""
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    inside = at < WIDTH
    numbers = tl.load(x + row * WIDTH + at, mask=inside, other=0.0)
    mean = tl.sum(numbers, 0) / WIDTH
    apart = tl.where(inside, numbers - mean, 0.0)
    scale = 1.0 / tl.sqrt(tl.sum(apart * apart, 0) / WIDTH + 1e-5)
    found = apart * scale * tl.load(weight + at, mask=inside) + tl.load(bias + at, mask=inside)
    tl.store(out + row * WIDTH + at, found.to(out.dtype.element_ty), mask=inside)


@triton.jit
def attend_to_sound(
    query, keys, values, mixed, part_sums, part_tops, part_totals, live,
    count, frames, heads, row_stride, head_stride, frame_stride, scale,
    LIVE: tl.constexpr, HEAD: tl.constexpr, ASKED: tl.constexpr, FRAMES: tl.constexpr, PARTS: tl.constexpr,
):  # fmt: skip
    """Attention of a row's `count` tokens over its sound, one head; with PARTS, over one part of its frames."""
    row = tl.program_id(0) // heads
    head = tl.program_id(0) % heads
    if LIVE:
        if tl.load(live + row) == 0:
            return
    asked = tl.program_id(1) * ASKED + tl.arange(0, ASKED)
    at = tl.arange(0, HEAD)
    width = heads * HEAD
    place = (row * count + asked)[:, None] * width + head * HEAD + at[None, :]
    q = tl.load(query + place, mask=asked[:, None] < count, other=0.0)
    base = row.to(tl.int64) * row_stride + head * head_stride
    tops = tl.full((ASKED,), float("-inf"), tl.float32)
    totals = tl.zeros((ASKED,), tl.float32)
    sums = tl.zeros((ASKED, HEAD), tl.float32)
    each = tl.cdiv(tl.cdiv(frames, FRAMES), PARTS) * FRAMES
    begin = tl.program_id(2) * each
    end = tl.minimum(begin + each, frames)
    for first in range(begin, end, FRAMES):
        frame = first + tl.arange(0, FRAMES)
        there = base + frame[:, None] * frame_stride + at[None, :]
        k = tl.load(keys + there, mask=frame[:, None] < end, other=0.0)
        scores = tl.dot(q, tl.trans(k)) * scale
        scores = tl.where(frame[None, :] < end, scores, float("-inf"))
        higher = tl.maximum(tops, tl.max(scores, 1))
        weights = tl.exp2(scores - higher[:, None])
        fade = tl.exp2(tops - higher)
        v = tl.load(values + there, mask=frame[:, None] < end, other=0.0)
        totals = totals * fade + tl.sum(weights, 1)
        sums = tl.dot(weights.to(v.dtype), v, sums * fade[:, None])
        tops = higher
    if PARTS == 1:
        tl.store(mixed + place, (sums / totals[:, None]).to(mixed.dtype.element_ty), mask=asked[:, None] < count)
    else:
        # (parts, rows · heads, asked): what `join_parts` puts together.
        slot = (tl.program_id(2) * tl.num_programs(0) + tl.program_id(0)) * ASKED + tl.arange(0, ASKED)
        tl.store(part_tops + slot, tops)
        tl.store(part_totals + slot, totals)
        tl.store(part_sums + slot[:, None] * HEAD + at[None, :], sums)


@triton.jit
def join_parts(
    part_sums, part_tops, part_totals, mixed, live, count, heads,
    LIVE: tl.constexpr, HEAD: tl.constexpr, ASKED: tl.constexpr, PARTS: tl.constexpr,
):  # fmt: skip
    """One head's attention over the whole sound from that over its parts."""
    row = tl.program_id(0) // heads
    head = tl.program_id(0) % heads
    if LIVE:
        if tl.load(live + row) == 0:
            return
    asked = tl.arange(0, ASKED)
    at = tl.arange(0, HEAD)
    tops = tl.full((ASKED,), float("-inf"), tl.float32)
    totals = tl.zeros((ASKED,), tl.float32)
    sums = tl.zeros((ASKED, HEAD), tl.float32)
    for part in tl.static_range(PARTS):
        slot = (part * tl.num_programs(0) + tl.program_id(0)) * ASKED + asked
        top = tl.load(part_tops + slot)
        higher = tl.maximum(tops, top)
        fade, share = tl.exp2(tops - higher), tl.exp2(top - higher)
        totals = totals * fade + tl.load(part_totals + slot) * share
        sums = sums * fade[:, None] + tl.load(part_sums + slot[:, None] * HEAD + at[None, :]) * share[:, None]
        tops = higher
    place = (row * count + asked)[:, None] * (heads * HEAD) + head * HEAD + at[None, :]
    tl.store(mixed + place, (sums / totals[:, None]).to(mixed.dtype.element_ty), mask=asked[:, None] < count)


@triton.jit
def attend_to_text(
    qkv, keys, values, positions, mixed, live, count, heads, room, scale,
    LIVE: tl.constexpr, KEEP: tl.constexpr, HEAD: tl.constexpr, ASKED: tl.constexpr, TOKENS: tl.constexpr,
):  # fmt: skip
    """Attention of a row's `count` tokens over themselves and what stands before, one head.

    With KEEP their keys and values are written first; programs do not wait for one another, so only where one program
    has all tokens of a row.
    """
    row = tl.program_id(0) // heads
    head = tl.program_id(0) % heads
    if LIVE:
        if tl.load(live + row) == 0:
            return
    asked = tl.program_id(1) * ASKED + tl.arange(0, ASKED)
    at = tl.arange(0, HEAD)
    inside = asked[:, None] < count
    width = heads * HEAD
    source = (row * count + asked)[:, None] * (3 * width) + head * HEAD + at[None, :]
    position = tl.load(positions + row).to(tl.int32)
    base = (row * heads + head).to(tl.int64) * room * HEAD
    q = tl.load(qkv + source, mask=inside, other=0.0)
    if KEEP:
        target = base + (position + asked)[:, None] * HEAD + at[None, :]
        tl.store(keys + target, tl.load(qkv + source + width, mask=inside), mask=inside)
        tl.store(values + target, tl.load(qkv + source + 2 * width, mask=inside), mask=inside)
        # What was stored is read back: tiles lie where tokens stand, so that a token's sums do not depend on how many
        # are computed with it.
        tl.debug_barrier()
    tops = tl.full((ASKED,), float("-inf"), tl.float32)
    totals = tl.zeros((ASKED,), tl.float32)
    sums = tl.zeros((ASKED, HEAD), tl.float32)
    for first in range(0, position + count, TOKENS):
        token = first + tl.arange(0, TOKENS)
        there = base + token[:, None] * HEAD + at[None, :]
        known = token[:, None] < position + count
        k = tl.load(keys + there, mask=known, other=0.0)
        scores = tl.dot(q, tl.trans(k)) * scale
        scores = tl.where(token[None, :] <= position + asked[:, None], scores, float("-inf"))
        higher = tl.maximum(tops, tl.max(scores, 1))
        weights = tl.exp2(scores - higher[:, None])
        fade = tl.exp2(tops - higher)
        v = tl.load(values + there, mask=known, other=0.0)
        totals = totals * fade + tl.sum(weights, 1)
        sums = tl.dot(weights.to(v.dtype), v, sums * fade[:, None])
        tops = higher
    place = (row * count + asked)[:, None] * width + head * HEAD + at[None, :]
    tl.store(mixed + place, (sums / totals[:, None]).to(mixed.dtype.element_ty), mask=inside)


@triton.jit
def summarize(scores, banned, best, token, total, text, vocabulary, BLOCK: tl.constexpr):
    """Of a row's first `text` scores, the banned left out: the highest, the first that has it, the log of their sum."""
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    tops = tl.full((BLOCK,), float("-inf"), tl.float32)
    places = tl.zeros((BLOCK,), tl.int32)
    totals = tl.zeros((BLOCK,), tl.float32)
    for first in range(0, text, BLOCK):
        number = first + at
        score = tl.load(scores + row * vocabulary + number, mask=number < text, other=float("-inf"))
        score += tl.load(banned + number, mask=number < text, other=0.0)
        higher = tl.maximum(tops, score)
        # A lane that has seen nothing but banned tokens: minus infinity from itself is no number.
        level = tl.where(higher == float("-inf"), 0.0, higher)
        totals = totals * tl.exp(tops - level) + tl.exp(score - level)
        places = tl.where(score > tops, number, places)
        tops = higher
    top = tl.max(tops, 0)
    tl.store(best + row, top)
    tl.store(token + row, tl.min(tl.where(tops == top, places, text), 0).to(tl.int64))
    tl.store(total + row, top + tl.log(tl.sum(totals * tl.exp(tops - top), 0)))


@triton.jit
def choose(
    best, token, total, rest, drafts, fresh, after_time, paired, last_time, active, positions, fed, slot,
    tokens, logprobs, written, rests, room, eot, first_time, latest_start,
    PLACES: tl.constexpr, BURST: tl.constexpr, TIMES: tl.constexpr,
):  # fmt: skip
    """Whisper's rules for one row, a token after each of PLACES fed ones; `rules.Rules.candidates` says what they are.

    The row's state goes on as far as its choices agree with its drafts. In a burst one token is chosen, written at
    `slot`, fed next, and whoever ends stops being active.
    """
    row = tl.program_id(0)
    is_fresh = tl.load(fresh + row) != 0
    is_after = tl.load(after_time + row) != 0
    is_paired = tl.load(paired + row) != 0
    last = tl.load(last_time + row)
    going = tl.load(active + row) != 0
    agreeing = going
    count = tl.zeros((), tl.int64)
    number = tl.arange(0, TIMES) + first_time
    never = float("-inf")
    for place in tl.static_range(PLACES):
        at = row * PLACES + place
        lone = is_after & (not is_paired)
        ending = tl.load(rest + at * rests)
        text = tl.where(lone, never, tl.load(best + at))
        there = number - eot < rests
        times = tl.load(rest + at * rests + number - eot, mask=there, other=never)
        hidden = (number < tl.where(lone, last, last + 1)) | (is_after & is_paired)
        hidden = hidden | (is_fresh & (number > latest_start))
        times = tl.where(hidden, never, times)
        top = tl.max(times, 0)
        level = tl.where(top == never, 0.0, top)
        all_times = level + tl.log(tl.sum(tl.exp(times - level), 0))
        only = is_fresh | (all_times > tl.maximum(text, ending))
        all_text = _log_sum(tl.where(lone, never, tl.load(total + at)), ending)
        whole = tl.where(only, all_times, _log_sum(all_text, all_times))
        text = tl.where(only, never, text)
        ending = tl.where(only, never, ending)
        latest = tl.min(tl.where(times == top, number, first_time + TIMES), 0).to(tl.int64)
        chosen = tl.where(ending >= top, eot, latest)
        chosen = tl.where((text >= ending) & (text >= top), tl.load(token + at), chosen)
        chance = tl.maximum(tl.maximum(text, ending), top) - whole
        slot_at = row * room + (tl.load(slot) if BURST else place)
        tl.store(tokens + slot_at, chosen)
        tl.store(logprobs + slot_at, chance)
        is_time = chosen >= first_time
        is_paired = tl.where(agreeing, is_after | is_fresh, is_paired)
        is_after = tl.where(agreeing, is_time, is_after)
        last = tl.where(agreeing & is_time, chosen, last)
        is_fresh = is_fresh & (not agreeing)
        count += agreeing.to(tl.int64)
        if place + 1 < PLACES:
            agreeing = agreeing & (chosen == tl.load(drafts + row * (PLACES - 1) + place)) & (chosen != eot)
    tl.store(fresh + row, is_fresh)
    tl.store(after_time + row, is_after)
    tl.store(paired + row, is_paired)
    tl.store(last_time + row, last)
    tl.store(positions + row, tl.load(positions + row) + count)
    if BURST:
        tl.store(written + row, tl.load(written + row) + count)
        tl.store(fed + row, tl.where(going, chosen, tl.load(fed + row)))
        tl.store(active + row, going & (chosen != eot))
    else:
        tl.store(written + row, count)


@triton.jit
def _log_sum(left, right):
    """The logarithm of the sum of two exponentials."""
    higher = tl.maximum(left, right)
    level = tl.where(higher == float("-inf"), 0.0, higher)
    return level + tl.log(tl.exp(left - level) + tl.exp(right - level))


@triton.jit
def warp(costs, tokens, frames, values, moves, begins, longest, widest, steps, TOKENS: tl.constexpr):
    """Dynamic time warping of one window: `timing.warp`, an anti-diagonal a step, a token a lane.

    A lane hears from its neighbour through memory. Then the path is walked back.
    """
    window = tl.program_id(0).to(tl.int64)
    token_count = tl.load(tokens + window)
    frame_count = tl.load(frames + window)
    lane = tl.arange(0, TOKENS)
    values += window * 2 * TOKENS
    moves += window * steps * TOKENS
    costs += window * longest * widest
    far = float("inf")
    newer = tl.full((TOKENS,), far, tl.float32)
    both = tl.where(lane == 0, 0.0, far)
    for step in range(2, token_count + frame_count + 1):
        tl.store(values + (step % 2) * TOKENS + lane, newer)
        tl.debug_barrier()
        token = tl.load(values + (step % 2) * TOKENS + lane - 1, mask=lane > 0, other=far)
        frame = step - 2 - lane
        inside = (frame >= 0) & (frame < frame_count) & (lane < token_count)
        cost = tl.load(costs + lane * widest + frame, mask=inside, other=0.0)
        move = tl.where((token < both) & (token < newer), 1, 2)
        move = tl.where((both < token) & (both < newer), 0, move)
        tl.store(moves + step * TOKENS + lane, move.to(tl.int8))
        newer = cost + tl.minimum(tl.minimum(both, token), newer)
        both = token
    tl.debug_barrier()
    token_at = token_count
    frame_at = frame_count
    while (token_at > 0) & (frame_at > 0):
        tl.store(begins + window * longest + token_at - 1, frame_at - 1)  # the last visit is the first frame
        move = tl.load(moves + (token_at + frame_at) * TOKENS + token_at - 1)
        token_at -= (move != 2).to(tl.int32)
        frame_at -= (move != 1).to(tl.int32)
