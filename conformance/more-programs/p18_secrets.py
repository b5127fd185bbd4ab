# pins: secrets as variables, by group, and as a file; a project's before everyone's; a task without its secret says how to get it
import os, uuid

import flyte
import flyte.remote
from program import details, img, init, run, show

V = os.environ.get("M18") or uuid.uuid4().hex[:6].upper()
env = flyte.TaskEnvironment(name="m18", image=img, env_vars={"M18": V},
                            secrets=[f"M18_{V}", flyte.Secret(f"key-{V}", group="m18-group", as_env_var="GROUPED"), flyte.Secret(f"FILE_{V}", mount="/etc/flyte/secrets")])


@env.task
async def main() -> list[str]:
    with open(f"{os.environ['FLYTE_SECRETS_DEFAULT_DIR']}/FILE_{V}") as f:
        return [os.environ[f"M18_{V}"], os.environ["GROUPED"], f.read()]


if __name__ == "__main__":
    init()
    S = flyte.remote.Secret
    for name, value in ((f"M18_{V}", "t\u00f6k\nline"), (f"key-{V}", "keyed"), (f"FILE_{V}", "in a file")):
        S.create(name, value)
    show(list(run(main).outputs()))
    S.delete(f"key-{V}")
    r = run(main)
    show(r.phase.name, f"flyte create secret key-{V}" in details(r).error_info.message)
    S.delete(f"M18_{V}")
    S.delete(f"FILE_{V}")
