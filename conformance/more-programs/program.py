"""What the programs of this folder share; it travels to their tasks in the code bundle."""
import json, os

import flyte
import flyte.remote

img = flyte.Image.from_base(os.environ.get("PROGRAM_IMAGE", "python:3.11"))


def show(*values):
    print("RESULT " + json.dumps(values[0] if len(values) == 1 else values, sort_keys=True), flush=True)


def init():
    flyte.init_from_config(os.environ["FLYTE_CONFIG_FILE"])


def run(task, *a, **kw):
    r = flyte.run(task, *a, **kw)
    r.wait(quiet=True)
    return r


def details(r, name="a0"):
    return flyte.remote.ActionDetails.get(run_name=r.name, name=name)


def actions(r):
    return list(flyte.remote.Action.listall(for_run_name=r.name))


def phases(r):
    return sorted(a.phase.name for a in actions(r))
