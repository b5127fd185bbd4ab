# pins: what is in the bundle of a copy style, with ignore files and odd names; a bundle of pickled functions
import os, pathlib, subprocess, sys

import flyte
from program import img, init, show

env = flyte.TaskEnvironment(name="m12", image=img)
OFFSET = [7]
CODE = """
import os, sys
sys.path.insert(0, os.environ["PROGRAM_DIR"])
import flyte
from lib.mod import VALUE
env = flyte.TaskEnvironment(name="m12x", image="python:3.11")
@env.task
async def main() -> list[str]:
    found = (os.path.relpath(os.path.join(r, f), ".") for r, _, fs in os.walk(".") for f in fs)
    return [VALUE] + sorted(f for f in found if "fast" not in f and "__pycache__" not in f)
if __name__ == "__main__":
    from program import init, show
    init()
    r = flyte.with_runcontext(copy_style=sys.argv[1], env_vars={"PROGRAM_DIR": "."}).run(main)
    r.wait(quiet=True)
    show(sys.argv[1], list(r.outputs()))
"""


@env.task
async def later(x: int) -> int:
    return x + OFFSET[0]


@env.task
async def outer(x: int) -> int:
    return await later(x) + 1


if __name__ == "__main__":
    d = pathlib.Path(os.environ["PROGRAM_TMP"]) / "project"
    files = {"lib/__init__.py": "", "lib/mod.py": "VALUE = 'v1'\n", "lib/unused.py": "", "data/\u00e4.csv": "1,2", "data/skip.log": "", "secret.txt": "",
             ".gitignore": "*.log\n", ".flyteignore": "secret.txt\n", "main.py": CODE}
    for name, text in files.items():
        (d / name).parent.mkdir(parents=True, exist_ok=True)
        (d / name).write_text(text)
    sys.stdout.write(subprocess.run([sys.executable, "main.py", "all"], cwd=d, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(d)}).stdout)
    init()
    r = flyte.with_runcontext(interactive_mode=True).run(outer, x=1)
    r.wait(quiet=True)
    b = r.code_bundle()
    show(list(r.outputs()), bool(b.pkl), bool(b.tgz))
