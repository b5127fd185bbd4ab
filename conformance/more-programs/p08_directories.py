# pins: directories of any depth, with odd names and without files: walked, downloaded, one file of them, by task and client
import os

import flyte
from flyte.io import Dir
from program import img, init, run, show

env = flyte.TaskEnvironment(name="m08", image=img)


@env.task
async def make() -> tuple[Dir, Dir]:
    os.makedirs("out/a/b")
    os.makedirs("nothing")
    for n in ("x.txt", "a/y.txt", "a/b/z\u00e9 1.txt", "empty"):
        with open("out/" + n, "w") as f:
            f.write("" if n == "empty" else n)
    return await Dir.from_local("out"), await Dir.from_local("nothing")


@env.task
async def look(d: Dir) -> list[str]:
    names = sorted([f.path[len(d.path):].lstrip("/") async for f in d.walk(recursive=True)])
    p = await d.download()
    got = sorted(os.path.relpath(os.path.join(r, f), p) for r, _, fs in os.walk(p) for f in fs)
    async with (await d.get_file("a/y.txt")).open("rb") as f:
        return [str(names), str(names == got), bytes(await f.read()).decode()]


if __name__ == "__main__":
    init()
    full, nothing = run(make).outputs()
    show(list(run(look, d=full).outputs()))
    p = full.download_sync(os.environ["PROGRAM_TMP"] + "/dl")
    show(sorted(os.path.relpath(os.path.join(r, f), p) for r, _, fs in os.walk(p) for f in fs))
    show([f.name for f in nothing.walk_sync()])
