# pins: a time-out of an attempt leaves the attempts that are left, one of the whole action none; each is its own error to the caller
import asyncio
from datetime import timedelta

import flyte
import flyte.errors
from program import actions, details, img, init, run, show

env = flyte.TaskEnvironment(name="m03", image=img)


@env.task(timeout=1, retries=1)
async def slow() -> int:
    await asyncio.sleep(60)
    return 1


@env.task(timeout=flyte.Timeout(deadline=timedelta(seconds=3)), retries=5)
async def late() -> int:
    await asyncio.sleep(60)
    return 1


async def error(call) -> str:
    try:
        return str(await call)
    except flyte.errors.TaskTimeoutError as e:
        return f"{type(e).__name__} {e.code}"


@env.task
async def main() -> list[str]:
    return list(await asyncio.gather(error(slow()), error(late())))


if __name__ == "__main__":
    init()
    r = run(main)
    show(list(r.outputs()))
    ds = [details(r, a.name) for a in actions(r)]
    show(sorted([d.task_name, d.phase.name, d.attempts] for d in ds if d.parent_name))
