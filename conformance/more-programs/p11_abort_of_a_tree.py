# pins: an abort reaches each level; the reason and the error for the caller
import asyncio, time

import flyte
from program import actions, details, img, init, phases, show

env = flyte.TaskEnvironment(name="m11", image=img)


@env.task
async def leaf(i: int) -> int:
    await asyncio.sleep(100)
    return i


@env.task
async def mid() -> int:
    return sum(await asyncio.gather(leaf(1), leaf(2)))


@env.task
async def main() -> int:
    return await mid()


if __name__ == "__main__":
    init()
    r = flyte.run(main)
    for _ in range(300):
        if phases(r) == ["RUNNING"] * 4:
            break
        time.sleep(0.1)
    show(phases(r))
    r.abort("enough \u00e9")
    r.wait(quiet=True)
    show(r.phase.name, phases(r), details(r).abort_info.reason)
    r.abort("again")
    try:
        r.raise_for_status()
    except Exception as e:
        show(type(e).__name__, str(e).replace(r.name, "N"))
