"""The queue of one pool of instances, in whole nanoseconds: exact, first come first served.

The rule this file owns: a request's start is fixed only when an instance takes it, since an
instance that boots later may be ready sooner. At every arrival the queue is drained up to now, then
idle instances expire from the longest idle on, then the request is dispatched, else overflows, else
waits and may let an instance boot.

Instances have no identity. *Ready* holds, ascending, when each instance that has booted is or was
free; *booting* holds when the others will be. Online time is the sum of switch-offs less the sum of
switch-ons. What is billed by time is counted within [0, end); requests still waiting at the end are
served all the same, so that their waits count. At one instant arrivals come first, then hits, then
questions of the scale-up rule.

Every function is plain Python in the part of the language that numba compiles: `compiled.py`
compiles this file, and without numba the same functions run as they are, on lists as on arrays. So
there is one text of the rules, and both give the same numbers. All that a run remembers lies in one
row of whole numbers, `memory`, since the compiler is quickest with few arrays: its places are
named below.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from typing import TypeAlias

Numbers: TypeAlias = MutableSequence[int]

NEVER = 1 << 62
"""An instant after all others; as a limit, none."""
OVERFLOWED, TIMED_OUT = -1, -2
"""What stands in `waits` for a request that was not served here."""

# What is counted.
ONLINE, SETUP, ACTIVE, OVERFLOW, LOST = 0, 1, 2, 3, 4
SERVED, OVERFLOWS, TIMEOUTS, COLD, SESSIONS, INTERRUPTED = 5, 6, 7, 8, 9, 10
# The state between two arrivals.
COUNT, BOOTING, IDLE, HEAD, QUEUED, RETRY_HEAD, RETRIES, BOOTS, TICK, HIT = range(11, 21)
# The rules, as `pool.Rules` explains them.
SMALLEST, LARGEST, QUEUE_LIMIT, IDLE_TIMEOUT, PATIENCE = 21, 22, 23, 24, 25
TAKES_NEWEST, BACKLOG, BOOTS_AT_ONCE, POLL, END = 26, 27, 28, 29, 30
# Where the lists begin: four with room for LARGEST each, then boots, and hits with their picks.
SERVING_AT, BOOTING_AT, RETRY_AT, BOOTS_AT, HITS_AT, PICKS_AT = 31, 32, 33, 34, 35, 36
BOOT_COUNT, HIT_COUNT = 37, 38
READY = 39


def run_pool(memory: Numbers, arrivals: Numbers, services: Numbers, waits: Numbers) -> None:
    """Let every request through the pool; the answers stand in `memory` and `waits`."""
    memory[COUNT] = memory[SESSIONS] = memory[SMALLEST]
    for request in range(len(arrivals)):
        now = arrivals[request]
        if memory[QUEUED] > 0 or is_hit_before(memory, now):
            advance(memory, arrivals, services, waits, now)
        settle(memory, arrivals, services, waits, now)
        idle = memory[IDLE]
        if idle > 0:
            place = idle - 1 if memory[TAKES_NEWEST] else 0
            begin(memory, arrivals, services, waits, request, now, place)
        elif memory[QUEUED] >= memory[QUEUE_LIMIT]:
            waits[request] = OVERFLOWED
            memory[OVERFLOWS] += 1
            memory[OVERFLOW] += services[request]
        else:
            enqueue(memory, request, now)
    advance(memory, arrivals, services, waits, memory[END])
    advance(memory, arrivals, services, waits, NEVER)
    settle(memory, arrivals, services, waits, NEVER)
    memory[ONLINE] += memory[COUNT] * memory[END]


def advance(
    memory: Numbers, arrivals: Numbers, services: Numbers, waits: Numbers, now: int
) -> None:
    """Bring the questions of the scale-up rule and the interruptions before `now` about."""
    while True:
        tick = memory[TICK] if memory[POLL] > 0 and memory[QUEUED] > 0 else NEVER
        hit = memory[memory[HITS_AT] + memory[HIT]] if is_hit_before(memory, NEVER) else NEVER
        instant = min(hit, tick)
        if instant >= now:
            return
        settle(memory, arrivals, services, waits, instant)
        if tick < hit:
            memory[TICK] += memory[POLL]
            scale(memory, instant)
        else:
            interrupt(memory, arrivals, services, waits, instant)


def is_hit_before(memory: Numbers, now: int) -> bool:
    """Whether an interruption is due."""
    hit = memory[HIT]
    return hit < memory[HIT_COUNT] and memory[memory[HITS_AT] + hit] < now


def settle(memory: Numbers, arrivals: Numbers, services: Numbers, waits: Numbers, now: int) -> None:
    """Give what waits to what became free up to now; let the rest idle, and expire."""
    if memory[QUEUED] > 0:
        drain(memory, arrivals, services, waits, now)
    while memory[BOOTING] > 0 and memory[memory[BOOTING_AT]] <= now:
        join(memory, memory[memory[BOOTING_AT]], 0)
        remove(memory, memory[BOOTING_AT], 0, memory[BOOTING])
        memory[BOOTING] -= 1
    count = memory[COUNT]
    expired = now - memory[IDLE_TIMEOUT]
    while count > 0 and memory[READY] <= expired and count + memory[BOOTING] > memory[SMALLEST]:
        memory[ONLINE] += min(memory[READY] + memory[IDLE_TIMEOUT], memory[END])
        take_off(memory, 0)
        count -= 1
        memory[IDLE] = max(memory[IDLE] - 1, 0)
    idle = memory[IDLE]
    while idle < count and memory[READY + idle] <= now:
        idle += 1
    memory[IDLE] = idle


def drain(memory: Numbers, arrivals: Numbers, services: Numbers, waits: Numbers, now: int) -> None:
    """Start waiting requests, the first first, on what is free first, up to now."""
    while memory[QUEUED] > 0:
        warm = memory[READY] if memory[COUNT] > 0 else NEVER
        fresh = memory[memory[BOOTING_AT]] if memory[BOOTING] > 0 else NEVER
        start = min(warm, fresh)
        if memory[PATIENCE] < NEVER and give_up(memory, arrivals, waits, min(start, now)):
            continue
        if start > now:
            return
        request = next_request(memory, waits)
        place = 0
        if fresh < warm:
            memory[COLD] += 1
            remove(memory, memory[BOOTING_AT], 0, memory[BOOTING])
            memory[BOOTING] -= 1
            place = -1
        begin(memory, arrivals, services, waits, request, start, place)


def give_up(memory: Numbers, arrivals: Numbers, waits: Numbers, now: int) -> bool:
    """Let the first that waits leave, if its patience ended before now."""
    if memory[RETRIES] > 0:
        return False
    while waits[memory[HEAD]] == OVERFLOWED:
        memory[HEAD] += 1
    if arrivals[memory[HEAD]] + memory[PATIENCE] >= now:
        return False
    waits[memory[HEAD]] = TIMED_OUT
    memory[HEAD] += 1
    memory[QUEUED] -= 1
    memory[TIMEOUTS] += 1
    return True


def next_request(memory: Numbers, waits: Numbers) -> int:
    """Take the first that waits: one that was interrupted, else the first that came."""
    memory[QUEUED] -= 1
    if memory[RETRIES] > 0:
        request = memory[memory[RETRY_AT] + memory[RETRY_HEAD]]
        memory[RETRY_HEAD] = (memory[RETRY_HEAD] + 1) % memory[LARGEST]
        memory[RETRIES] -= 1
        return request
    head = memory[HEAD]
    while waits[head] == OVERFLOWED:
        head += 1
    memory[HEAD] = head + 1
    return head


def begin(
    memory: Numbers,
    arrivals: Numbers,
    services: Numbers,
    waits: Numbers,
    request: int,
    start: int,
    place: int,
) -> None:
    """Start a request on the instance at a place of *ready*, or on one that has booted (-1)."""
    service = services[request]
    finish = start + service
    memory[SERVED] += 1
    memory[ACTIVE] += service if finish <= memory[END] else max(memory[END] - start, 0)
    waits[request] = start - arrivals[request]
    if place < 0:
        join(memory, finish, request)
        return
    if place < memory[IDLE]:
        memory[IDLE] -= 1
    place += READY
    last = READY + memory[COUNT] - 1
    if memory[HIT_COUNT] > 0:
        serving = memory[SERVING_AT] - READY
        while place < last and memory[place + 1] <= finish:
            memory[place] = memory[place + 1]
            memory[serving + place] = memory[serving + place + 1]
            place += 1
        memory[serving + place] = request
    else:
        while place < last and memory[place + 1] < finish:
            memory[place] = memory[place + 1]
            place += 1
    memory[place] = finish


def join(memory: Numbers, instant: int, request: int) -> None:
    """Put an instance among those that have booted, free at an instant, by its last request."""
    place, serving = memory[COUNT], memory[SERVING_AT]
    memory[COUNT] += 1
    while place > 0 and memory[READY + place - 1] > instant:
        memory[READY + place] = memory[READY + place - 1]
        memory[serving + place] = memory[serving + place - 1]
        place -= 1
    memory[READY + place] = instant
    memory[serving + place] = request


def enqueue(memory: Numbers, request: int, now: int) -> None:
    """Let a request wait, and an instance boot where the rule is asked at arrivals."""
    if memory[QUEUED] == memory[RETRIES]:
        memory[HEAD] = request
    lengthen(memory, now)
    if memory[POLL] == 0:
        scale(memory, now)


def lengthen(memory: Numbers, now: int) -> None:
    """Count one more that waits; the scale-up rule is asked next at a multiple of POLL."""
    if memory[QUEUED] == 0 and memory[POLL] > 0:
        memory[TICK] = (now // memory[POLL] + 1) * memory[POLL]
    memory[QUEUED] += 1


def scale(memory: Numbers, now: int) -> None:
    """Boot one instance for each BACKLOG requests that wait, as far as the rules let."""
    wanted = (memory[QUEUED] + memory[BACKLOG] - 1) // memory[BACKLOG]
    wanted = min(wanted, memory[BOOTS_AT_ONCE])
    while memory[BOOTING] < wanted and memory[COUNT] + memory[BOOTING] < memory[LARGEST]:
        boot(memory, now)


def boot(memory: Numbers, now: int) -> None:
    """Switch an instance on; it is ready after its boot."""
    done = now + memory[memory[BOOTS_AT] + memory[BOOTS] % memory[BOOT_COUNT]]
    memory[BOOTS] += 1
    memory[SESSIONS] += 1
    memory[ONLINE] -= min(now, memory[END])
    memory[SETUP] += min(done, memory[END]) - min(now, memory[END])
    place = memory[BOOTING_AT] + memory[BOOTING]
    while place > memory[BOOTING_AT] and memory[place - 1] > done:
        memory[place] = memory[place - 1]
        place -= 1
    memory[place] = done
    memory[BOOTING] += 1


def interrupt(
    memory: Numbers, arrivals: Numbers, services: Numbers, waits: Numbers, now: int
) -> None:
    """Take one instance away; what it was doing starts again, before all that wait."""
    place = memory[memory[PICKS_AT] + memory[HIT]]
    memory[HIT] += 1
    if place >= memory[COUNT] + memory[BOOTING]:
        return
    memory[INTERRUPTED] += 1
    memory[ONLINE] += min(now, memory[END])
    if place >= memory[COUNT]:
        place -= memory[COUNT]
        done = memory[memory[BOOTING_AT] + place]
        memory[SETUP] -= min(done, memory[END]) - min(now, memory[END])
        remove(memory, memory[BOOTING_AT], place, memory[BOOTING])
        memory[BOOTING] -= 1
    elif place < memory[IDLE]:
        memory[IDLE] -= 1
        take_off(memory, place)
    else:
        restart(memory, arrivals, services, waits, now, place)
    while memory[COUNT] + memory[BOOTING] < memory[SMALLEST]:
        boot(memory, now)
    if memory[POLL] == 0:
        scale(memory, now)


def restart(
    memory: Numbers, arrivals: Numbers, services: Numbers, waits: Numbers, now: int, place: int
) -> None:
    """Take a busy instance away and let its request start again from nothing."""
    end = memory[END]
    request, finish = memory[memory[SERVING_AT] + place], memory[READY + place]
    start = arrivals[request] + waits[request]
    memory[ACTIVE] -= min(finish, end) - min(now, end)
    memory[LOST] += min(now, end) - min(start, end)
    memory[SERVED] -= 1
    take_off(memory, place)
    if memory[IDLE] > 0:
        free = memory[IDLE] - 1 if memory[TAKES_NEWEST] else 0
        begin(memory, arrivals, services, waits, request, now, free)
        return
    lengthen(memory, now)
    place = (memory[RETRY_HEAD] + memory[RETRIES]) % memory[LARGEST]
    memory[memory[RETRY_AT] + place] = request
    memory[RETRIES] += 1


def take_off(memory: Numbers, place: int) -> None:
    """Remove an instance from *ready*; whoever calls sees to IDLE."""
    remove(memory, memory[SERVING_AT], place, memory[COUNT])
    remove(memory, READY, place, memory[COUNT])
    memory[COUNT] -= 1


def remove(memory: Numbers, at: int, place: int, count: int) -> None:
    """Close the gap at one of `count` places of a list."""
    for later in range(at + place, at + count - 1):
        memory[later] = memory[later + 1]


def run_fixed(arrivals: Numbers, services: Numbers, free: Numbers, waits: Numbers, end: int) -> int:
    """Let every request through a fleet that never changes, all of it free at 0.

    The same as `run_pool` without overflow, patience and hits, and several times as fast: where
    capacity cannot grow, a start may be fixed at once (Kiefer and Wolfowitz).

    Args:
        free: one zero an instance; written.
        waits: by request; written.

    Returns:
        Active nanoseconds before the end.
    """
    last = len(free) - 1
    active = 0
    for request in range(len(arrivals)):
        arrival = arrivals[request]
        start = max(free[0], arrival)
        finish = start + services[request]
        waits[request] = start - arrival
        active += finish - start if finish <= end else max(end - start, 0)
        place = 0
        while place < last and free[place + 1] < finish:
            free[place] = free[place + 1]
            place += 1
        free[place] = finish
    return active
