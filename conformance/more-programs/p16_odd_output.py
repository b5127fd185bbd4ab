# pins: what a task prints that is no text, has no end or is very long; what it returns of every plane of Unicode
import os, sys

import flyte
from program import img, init, run, show

env = flyte.TaskEnvironment(name="m16", image=img)


@env.task
async def odd() -> str:
    sys.stdout.buffer.write(b"\xff\xfe binary \x00 zero\n")
    sys.stdout.flush()
    print("n" * 300_000, flush=True)
    os.system("echo from a child; echo to stderr >&2")
    sys.stdout.write("no newline at the end")
    sys.stdout.flush()
    return "\u65e5\u672c\u8a9e \U0001f389 \u202e \x00 \ud7ff"


if __name__ == "__main__":
    init()
    r = run(odd)
    lines = [l.strip() for l in r.get_logs()]
    show(r.outputs()[0], any("binary" in l for l in lines), sum(l.count("n") for l in lines) >= 300_000)
    show([w for w in ("from a child", "to stderr") if w in lines], any(l.startswith("no newline at the end") for l in lines))
