"""What takes long in the engine holds up nothing but what is like it."""

import asyncio
import threading

from clickhouse_connect.driver.client import Client

from collector.clickhouse import Engine

MORE_THAN_THREADS = 40


def test_deletions_that_take_long_hold_up_no_question_and_no_other_work_on_threads(engine: Engine) -> None:
    may_end = threading.Event()

    def slow(_: Client) -> bool:
        return may_end.wait()

    async def work() -> None:
        deletions = [asyncio.create_task(engine.written(slow)) for _ in range(MORE_THAN_THREADS)]
        try:
            assert [{"one": 1}] == await engine.rows("SELECT 1 AS one")
            assert 0 == await asyncio.to_thread(int)
            assert not any(deletion.done() for deletion in deletions)
        finally:
            may_end.set()
            await asyncio.gather(*deletions)

    asyncio.run(work())
