# pins: what a task cancels, or no longer waits for, is aborted
import asyncio

import flyte
import flyte.errors
from program import img, init, phases, run, show

env = flyte.TaskEnvironment(name="m15", image=img)


@env.task
async def quick() -> int:
    raise ValueError("quick one failed")


@env.task
async def slow(i: int) -> int:
    await asyncio.sleep(100)
    return i


@env.task
async def main() -> list[str]:
    out = []
    t = asyncio.create_task(slow(1))
    try:
        await quick()
    except flyte.errors.RuntimeUserError as e:
        t.cancel()
        out.append(e.code)
    try:
        await asyncio.wait_for(slow(2), 2)
    except TimeoutError:
        out.append("gave up")
    return out


if __name__ == "__main__":
    init()
    r = run(main)
    show(list(r.outputs()), phases(r))
