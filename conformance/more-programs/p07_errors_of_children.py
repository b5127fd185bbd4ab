# pins: what the caller of a task sees when it raises, exits or is killed
import asyncio, os, sys

import flyte
import flyte.errors
from program import img, init, run, show

env = flyte.TaskEnvironment(name="m07", image=img)


class Own(Exception):
    pass


@env.task
async def boom(kind: str) -> str:
    if kind == "own":
        raise Own("mine \u00e9")
    if kind == "oom":
        raise flyte.errors.OOMError("OOM", "too much")
    if kind == "exit":
        os._exit(3)
    if kind == "killed":
        os.kill(os.getpid(), 9)
    raise flyte.errors.RuntimeSystemError("SysCode", "sys")


async def seen(kind: str) -> str:
    try:
        return await boom.override(short_name=kind)(kind)
    except Exception as e:
        first = str(e).split("\n")[0].split(";")[0]
        return f"{kind}: {type(e).__name__} {getattr(e, 'code', None)} {getattr(e, 'kind', None)} | {first}"


@env.task
async def main() -> list[str]:
    return list(await asyncio.gather(*[seen(k) for k in ("own", "oom", "exit", "killed", "system")]))


if __name__ == "__main__":
    init()
    for line in run(main).outputs()[0]:
        show(line)
