# pins: the options of with_runcontext arrive in the run, its details and its task; a taken name is refused
import os, uuid

import flyte
from program import img, init, show

env = flyte.TaskEnvironment(name="m10", image=img, env_vars={"A": "environment", "E": "environment"})


@env.task
async def t(x: int) -> list[str]:
    c = flyte.ctx()
    return [c.action.name, c.action.run_name, c.version, os.environ["A"], os.environ["E"], str(flyte.get_custom_context()), c.raw_data_path.path]


if __name__ == "__main__":
    init()
    n, tmp = "m10" + uuid.uuid4().hex[:12], os.environ["PROGRAM_TMP"]
    r = flyte.with_runcontext(name=n, labels={"a": "b"}, annotations={"c": "d \u00e9"}, env_vars={"E": "run"}, interruptible=True, queue="q1", service_account="sa",
                              raw_data_path=f"file://{tmp}/raw", custom_context={"k": "v\u00e9"}, version="v" + n, max_action_concurrency=2, log_format="json").run(t, x=1)
    r.wait(quiet=True)
    show([s.replace(n, "N").replace(tmp, "T") for s in r.outputs()[0]])
    s = r.details().pb2.run_spec
    show(dict(s.labels.values), dict(s.annotations.values), s.interruptible.value, s.security_context.run_as.k8s_service_account)
    show(str(r.url).split("/v2/")[-1].replace(n, "N"))
    try:
        flyte.with_runcontext(name=n).run(t, x=2)
    except Exception as e:
        show(type(e).__name__, e.code)
