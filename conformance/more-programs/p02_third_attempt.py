# pins: retries with a backoff: what each attempt printed, failed with and went through
import os
from datetime import timedelta

import flyte
from program import details, img, init, run, show

env = flyte.TaskEnvironment(name="m02", image=img)
backoff = flyte.Backoff(base=timedelta(milliseconds=100), factor=2.0, cap=timedelta(seconds=2))


@env.task(retries=flyte.RetryStrategy(count=4, backoff=backoff))
async def third() -> str:
    n = os.environ["FLYTE_ATTEMPT_NUMBER"]
    print("attempt", n, flush=True)
    if n != "2":
        raise RuntimeError(f"not yet {n}")
    return f"done in {n}"


if __name__ == "__main__":
    init()
    r = run(third)
    d = details(r)
    show(list(r.outputs()), d.attempts, [a.attempt for a in d.pb2.attempts])
    show([a.error_info.message for a in d.pb2.attempts])
    show([[l.strip() for l in r.get_logs(attempt=i) if "attempt " in l and "ERROR" not in l] for i in (1, 2, 3)])
    show([[t.phase.name for t in d.get_phase_transitions(attempt=i)] for i in (1, 3)])
