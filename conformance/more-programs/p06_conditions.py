# pins: conditions of each type: paused, listed with the type they want, refused another one, signalled; and one that nobody signals
import asyncio, time

import flyte
import flyte.errors
from flyte.remote import Condition, Run
from program import img, init, show

env = flyte.TaskEnvironment(name="m06", image=img)


@env.task
async def main() -> list[str]:
    a = await flyte.new_condition.aio("ok", prompt="Go on?", data_type=bool)
    b = await flyte.new_condition.aio("count", prompt="How many?", data_type=int)
    c = await flyte.new_condition.aio("name", prompt="**Who?**", prompt_type="markdown", data_type=str)
    d = await flyte.new_condition.aio("never", timeout=1)
    got = [f"{type(x).__name__} {x}" for x in await asyncio.gather(a.wait.aio(), b.wait.aio(), c.wait.aio())]
    try:
        await d.wait.aio()
    except flyte.errors.ConditionTimedoutError as e:
        got.append(type(e).__name__)
    return got


if __name__ == "__main__":
    init()
    r = flyte.run(main)
    cs = []
    for _ in range(300):
        cs = [c for c in Condition.listall(r.name) if c.name != "never"]
        if len(cs) == 3:
            break
        time.sleep(0.1)
    show(sorted([c.name, c.phase, c.expected_type.__name__] for c in cs))
    show(r.name in [x.name for x in Run.listall(paused_actions_only=True, limit=500)])
    try:
        Condition.get("count", r.name).signal("x")
    except Exception as e:
        show(type(e).__name__)
    for name, value in (("ok", True), ("count", 3), ("name", "Zo\u00eb")):
        Condition.get(name, r.name).signal(value)
    r.wait(quiet=True)
    show(r.phase.name, r.outputs()[0])
