# pins: what an attempt has traced and called is not done again by the next one, whether it raised or died
import json, os, uuid

import flyte
from program import img, init, phases, run, show

env = flyte.TaskEnvironment(name="m05", image=img)


@flyte.trace
async def token(i: int) -> str:
    return uuid.uuid4().hex


@env.task
async def child(i: int) -> str:
    return uuid.uuid4().hex


@env.task(retries=2)
async def main(path: str) -> list[str]:
    got = [await token(1), await child(1), await child(1), await token(2)]
    with open(path, "a") as f:
        f.write(json.dumps(got) + "\n")
    if os.environ["FLYTE_ATTEMPT_NUMBER"] == "0":
        raise RuntimeError("once more")
    if os.environ["FLYTE_ATTEMPT_NUMBER"] == "1":
        os._exit(9)
    return got


if __name__ == "__main__":
    init()
    path = os.environ["PROGRAM_TMP"] + "/log"
    r = run(main, path=path)
    lines = [json.loads(l) for l in open(path)]
    show(r.phase.name, len(lines), all(l == lines[0] for l in lines), lines[0] == r.outputs()[0], len(set(lines[0])), phases(r))
