# pins: a trigger fired by the client: as it was declared, and with arguments over its inputs; created, switched and deleted
import os, uuid
from datetime import datetime, timezone

import flyte
from flyte.remote import Trigger
from program import details, img, init, show

env = flyte.TaskEnvironment(name="m14", image=img)


@env.task
async def job(when: datetime, x: int = 1, tag: str = "d") -> str:
    return f"{x} {tag} {when.tzinfo is not None} {os.environ.get('TE')}"


if __name__ == "__main__":
    init()
    flyte.deploy(env)
    v = uuid.uuid4().hex[:8]
    cron = flyte.Trigger("hourly" + v, flyte.Cron("0 * * * *", timezone="Europe/Berlin"), inputs={"when": flyte.TriggerTime, "x": 5}, env_vars={"TE": "t\u00e9"}, labels={"tr": v})
    rate = flyte.Trigger("rate" + v, flyte.FixedRate(120, start_time=datetime(2030, 1, 1, tzinfo=timezone.utc)), inputs={"when": flyte.TriggerTime, "tag": "\u00fc"}, auto_activate=False)
    for t in (cron, rate):
        Trigger.create(t, "m14.job")
    mine = lambda: sorted([t.name.replace(v, ""), t.is_active] for t in Trigger.listall(task_name="m14.job") if v in t.name)
    show(mine())
    runs = [flyte.run(Trigger.get(name="hourly" + v, task_name="m14.job")),
            flyte.run(Trigger.get(name="hourly" + v, task_name="m14.job"), tag="given", when=datetime(2024, 1, 2, tzinfo=timezone.utc)),
            flyte.run(Trigger.get(name="rate" + v, task_name="m14.job"), x=9)]
    for r in runs:
        r.wait(quiet=True)
        show(r.outputs()[0], details(r).metadata.trigger_name.replace(v, ""), dict(r.details().pb2.run_spec.labels.values) == {"tr": v})
    Trigger.update("rate" + v, "m14.job", active=True)
    show(mine())
    for n in ("hourly", "rate"):
        Trigger.delete(n + v, "m14.job")
    show(mine())
    for c in ("nonsense", "61 * * * *"):
        try:
            Trigger.create(flyte.Trigger("bad" + v, flyte.Cron(c), inputs={"when": flyte.TriggerTime}), "m14.job")
        except Exception as e:
            show(type(e).__name__)
