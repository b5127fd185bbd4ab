"""A task in Python, deployed with Flyte's own SDK and run through a webhook like any other."""

import flyte

env = flyte.TaskEnvironment(name="greeting")


@env.task
async def greet(name: str, times: int = 1) -> str:
    return " ".join([f"Hello, {name}!"] * times)
