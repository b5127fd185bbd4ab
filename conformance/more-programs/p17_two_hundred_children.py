# pins: two hundred calls of four results: each an action, all but four of them from the cache
import asyncio, uuid

import flyte
from program import actions, details, img, init, run, show

env = flyte.TaskEnvironment(name="m17", image=img)


@env.task(cache=flyte.Cache("override", version_override="1", serialize=True))
async def one(key: str, i: int) -> int:
    return i


@env.task
async def main(key: str) -> int:
    with flyte.group("many"):
        return sum(await asyncio.gather(*[one(key, i % 4) for i in range(200)]))


if __name__ == "__main__":
    init()
    r = run(main, key=uuid.uuid4().hex)
    every = actions(r)
    statuses = [a.pb2.status.cache_status for a in every if a.name != "a0"]
    show(list(r.outputs()), len({a.name for a in every}), sorted({a.pb2.metadata.group for a in every}))
    show({str(s): statuses.count(s) for s in set(statuses)}, {a.phase.name for a in every} == {"SUCCEEDED"})
