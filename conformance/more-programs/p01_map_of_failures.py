# pins: flyte.map with return_exceptions: results and errors in their order, each with its class and code; without it the first error is raised
import flyte
from program import img, init, run, show

env = flyte.TaskEnvironment(name="m01", image=img)


@env.task
async def half(x: int) -> int:
    if x % 2:
        raise ValueError(f"odd {x}")
    return x // 2


@env.task
async def main() -> list[str]:
    out = []
    async for r in flyte.map.aio(half, [0, 1, 2], return_exceptions=True, concurrency=2, group_name="halves"):
        out.append(str(r) if isinstance(r, int) else f"{type(r).__name__} {r.code} {r}")
    try:
        out.append(str([r async for r in flyte.map.aio(half, [5], return_exceptions=False)]))
    except flyte.errors.RuntimeUserError as e:
        out.append(f"raised {e}")
    return out


if __name__ == "__main__":
    init()
    show(list(run(main).outputs()))
