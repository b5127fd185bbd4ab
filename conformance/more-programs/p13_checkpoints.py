# pins: an attempt goes on where the one before it saved that it was
import flyte
from program import img, init, run, show

env = flyte.TaskEnvironment(name="m13", image=img)


@env.task(retries=3)
async def train(n: int) -> list[int]:
    cp = flyte.ctx().checkpoint
    p = await cp.load()
    start = int((p if p.is_file() else next(p.iterdir())).read_text()) if p else 0
    for i in range(start, n):
        await cp.save(str(i + 1).encode())
        if i == start + 1 and i < n - 1:
            raise RuntimeError(f"stopped at {i}")
    return [start, n]


if __name__ == "__main__":
    init()
    show(list(run(train, n=5).outputs()))
