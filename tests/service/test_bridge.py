"""Answers of a thread reach the event loop, every one."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from costing.service.bridge import Bridge

ANSWERS = 5_000


def test_every_answer_of_a_busy_thread_arrives() -> None:
    futures: list[Future[int]] = [Future() for _ in range(ANSWERS)]

    async def ask() -> list[int]:
        bridge = Bridge(asyncio.get_running_loop())
        asked = [asyncio.ensure_future(bridge.bring(one)) for one in futures]
        threading.Thread(target=_answer_all, args=(futures,)).start()
        async with asyncio.timeout(60):
            return await asyncio.gather(*asked)

    assert asyncio.run(ask()) == list(range(ANSWERS))


def test_what_a_work_raises_is_raised() -> None:
    future: Future[int] = Future()
    future.set_exception(KeyError("lost"))

    async def ask() -> int:
        return await Bridge(asyncio.get_running_loop()).bring(future)

    with pytest.raises(KeyError, match="lost"):
        asyncio.run(ask())


def test_answer_that_nobody_waits_for_disturbs_no_other() -> None:
    first: Future[int] = Future()
    second: Future[int] = Future()

    async def ask() -> int:
        bridge = Bridge(asyncio.get_running_loop())
        given_up = asyncio.ensure_future(bridge.bring(first))
        awaited = asyncio.ensure_future(bridge.bring(second))
        await asyncio.wait([given_up, awaited], return_when=asyncio.FIRST_COMPLETED, timeout=0)
        given_up.cancel()
        threading.Thread(target=_answer_all, args=([first, second],)).start()
        async with asyncio.timeout(60):
            return await awaited

    assert asyncio.run(ask()) == 1


def _answer_all(futures: list[Future[int]]) -> None:
    for number, future in enumerate(futures):
        future.set_result(number)
