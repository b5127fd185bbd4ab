# pins: traces of coroutines, functions, generators and of what raises: actions with inputs, outputs and errors
import asyncio
from typing import AsyncGenerator

import flyte
from program import actions, details, img, init, run, show

env = flyte.TaskEnvironment(name="m04", image=img)


@flyte.trace
async def add(a: int, b: int) -> int:
    return a + b


@flyte.trace
def sync_add(a: int, b: int) -> int:
    return a + b


@flyte.trace
async def fails(x: str) -> str:
    raise ValueError("trace " + x)


@flyte.trace
async def stream(n: int) -> AsyncGenerator[int, None]:
    for i in range(n):
        yield i * 2


@env.task
async def main() -> list[str]:
    out = [str(await add(1, 2)), str(sync_add(3, 4))]
    try:
        await fails("\u00e9")
    except Exception as e:
        out.append(f"{type(e).__name__} {e}")
    return out + [str([x async for x in stream(3)])]


async def data(d):
    return dict(await d.inputs()), list(await d.outputs()) if d.phase.name == "SUCCEEDED" else d.error_info.message


if __name__ == "__main__":
    init()
    r = run(main)
    show(list(r.outputs()))
    for d in sorted((details(r, a.name) for a in actions(r) if a.name != "a0"), key=lambda d: d.pb2.metadata.funtion_name):
        show(d.pb2.metadata.WhichOneof("spec"), d.pb2.metadata.funtion_name, d.phase.name, *asyncio.run(data(d)))
