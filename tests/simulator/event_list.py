"""The pool of instances written a second time, from its description, over a list of events.

It knows nothing of the kernel: instances are objects, time goes from event to event, and nothing is
clever. At one instant: what became free first, then expiry, arrival, interruption, scale-up rule.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

from pricing.simulator.pool import Rules

COUNTED = (
    *("online", "setup", "active", "idle", "overflow", "lost"),
    *("served", "overflows", "timeouts", "cold", "sessions", "interrupted"),
)
FREE, EXPIRY, ARRIVAL, HIT, TICK = range(5)


@dataclass(eq=False)
class Instance:
    on: int
    boot_until: int
    free_at: int
    request: int | None = None
    started: int = 0
    is_fresh: bool = True
    is_on: bool = True


@dataclass
class EventList:
    rules: Rules
    arrivals: list[int]
    services: list[int]
    boots: list[int]
    hits: list[int]
    picks: list[int]
    events: list[tuple[int, int, int, object]] = field(default_factory=list)
    queue: deque[int] = field(default_factory=deque)
    instances: list[Instance] = field(default_factory=list)
    retried: set[int] = field(default_factory=set)
    pushed: int = 0
    booted: int = 0
    ticking: bool = False

    def __post_init__(self) -> None:
        self.waits = [0] * len(self.arrivals)
        self.count = dict.fromkeys(COUNTED, 0)

    def run(self) -> dict[str, int]:
        for _ in range(self.rules.smallest):
            self.switch_on(0, 0).is_fresh = False
        for request, arrival in enumerate(self.arrivals):
            self.push(arrival, ARRIVAL, request)
        for instant, pick in zip(self.hits, self.picks, strict=True):
            self.push(instant, HIT, pick)
        while self.events:
            now, kind, _, what = heapq.heappop(self.events)
            self.happen(now, kind, what)
        for one in [one for one in self.instances if one.is_on]:
            self.switch_off(one, self.rules.end)
        return self.count

    def push(self, instant: int, kind: int, what: object) -> None:
        self.pushed += 1
        heapq.heappush(self.events, (instant, kind, self.pushed, what))

    def happen(self, now: int, kind: int, what: object) -> None:
        self.leave(now)
        if kind == FREE and isinstance(what, Instance):
            self.become_free(what, now)
        elif kind == EXPIRY and isinstance(what, tuple):
            one, since = what
            is_idle = one.is_on and one.request is None and one.free_at == since
            if is_idle and sum(each.is_on for each in self.instances) > self.rules.smallest:
                self.switch_off(one, now)
        elif kind == ARRIVAL and isinstance(what, int):
            self.arrive(what, now)
        elif kind == HIT and isinstance(what, int):
            self.hit(what, now)
        elif kind == TICK:
            self.ticking = bool(self.queue)
            if self.ticking:
                self.scale(now)
                self.push(now + self.rules.poll, TICK, None)

    def leave(self, now: int) -> None:
        """Whoever waited longer than the patience has left; those that started before have not."""
        while self.queue and self.queue[0] not in self.retried:
            if self.arrivals[self.queue[0]] + self.rules.patience >= now:
                return
            self.waits[self.queue.popleft()] = -2
            self.count["timeouts"] += 1

    def idle(self) -> list[Instance]:
        found = [one for one in self.instances if one.is_on and one.request is None]
        return sorted((one for one in found if not one.is_fresh), key=lambda one: one.free_at)

    def become_free(self, one: Instance, now: int) -> None:
        if not one.is_on or one.free_at != now:
            return
        was_fresh, one.is_fresh, one.request = one.is_fresh, False, None
        if self.queue:
            self.count["cold"] += was_fresh
            self.start(self.queue.popleft(), one, now)
        else:
            self.push(now + self.rules.idle_timeout, EXPIRY, (one, now))

    def start(self, request: int, one: Instance, now: int) -> None:
        self.clip("idle", one.free_at, now)
        one.request, one.started, one.free_at = request, now, now + self.services[request]
        self.waits[request] = now - self.arrivals[request]
        self.count["served"] += 1
        self.clip("active", now, one.free_at)
        self.push(one.free_at, FREE, one)

    def arrive(self, request: int, now: int) -> None:
        idle = self.idle()
        if idle:
            self.start(request, idle[-1 if self.rules.takes_newest else 0], now)
        elif len(self.queue) >= self.rules.queue_limit:
            self.waits[request] = -1
            self.count["overflows"] += 1
            self.count["overflow"] += self.services[request]
        else:
            self.queue.append(request)
            self.grow(now)

    def grow(self, now: int) -> None:
        if self.rules.poll == 0:
            self.scale(now)
        elif not self.ticking:
            self.ticking = True
            self.push((now // self.rules.poll + 1) * self.rules.poll, TICK, None)

    def scale(self, now: int) -> None:
        wanted = -(-len(self.queue) // self.rules.backlog)
        wanted = min(wanted, self.rules.boots_at_once)
        while (
            sum(one.is_on and one.is_fresh for one in self.instances) < wanted
            and sum(one.is_on for one in self.instances) < self.rules.largest
        ):
            self.boot(now)

    def boot(self, now: int) -> None:
        length = self.boots[self.booted % len(self.boots)]
        self.booted += 1
        self.clip("setup", now, now + length)
        self.push(now + length, FREE, self.switch_on(now, now + length))

    def switch_on(self, now: int, ready: int) -> Instance:
        self.count["sessions"] += 1
        self.instances.append(Instance(now, ready, ready))
        return self.instances[-1]

    def switch_off(self, one: Instance, now: int) -> None:
        one.is_on = False
        if one.request is None and not one.is_fresh:
            self.clip("idle", one.free_at, now)
        self.clip("online", one.on, now)

    def hit(self, pick: int, now: int) -> None:
        online = [one for one in self.instances if one.is_on]
        booted = sorted((one for one in online if not one.is_fresh), key=lambda one: one.free_at)
        booting = sorted((one for one in online if one.is_fresh), key=lambda one: one.free_at)
        if pick >= len(online):
            return
        one = [*booted, *booting][pick]
        self.count["interrupted"] += 1
        self.switch_off(one, now)
        if one.is_fresh:
            self.clip("setup", one.boot_until, now)
        elif one.request is not None:
            self.again(one.request, one, now)
        while sum(each.is_on for each in self.instances) < self.rules.smallest:
            self.boot(now)
        if self.rules.poll == 0:
            self.scale(now)

    def again(self, request: int, one: Instance, now: int) -> None:
        self.clip("active", one.free_at, now)
        self.clip("lost", one.started, now)
        self.count["served"] -= 1
        idle = self.idle()
        if idle:
            self.start(request, idle[-1 if self.rules.takes_newest else 0], now)
            return
        waiting = [each for each in self.queue if each in self.retried]
        self.retried.add(request)
        self.queue.insert(len(waiting), request)
        self.grow(now)

    def clip(self, name: str, begin: int, end: int) -> None:
        """Count a time within the period; taken back where it ends before it begins."""
        self.count[name] += min(end, self.rules.end) - min(begin, self.rules.end)
