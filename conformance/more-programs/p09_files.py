# pins: files written as streams and read in pieces, lists and maps of them, references to what is there already
import hashlib, os

import flyte
from flyte.io import File
from program import img, init, run, show

env = flyte.TaskEnvironment(name="m09", image=img)


@env.task
async def main(fs: list[File], m: dict[str, File]) -> tuple[str, File, File]:
    out = []
    for f in fs + [m[k] for k in sorted(m)]:
        async with f.open("rb") as fh:
            out.append(bytes(await fh.read()).decode())
    big = File.new_remote()
    async with big.open("wb") as fh:
        for i in range(20):
            await fh.write(bytes([i]) * 1024 * 1024)
    return ",".join(out), big, File.from_existing_remote(fs[0].path)


if __name__ == "__main__":
    init()
    fs = []
    for i in range(3):
        path = f"{os.environ['PROGRAM_TMP']}/f{i} \u00e9"
        with open(path, "w") as f:
            f.write(f"\u00e9{i}")
        fs.append(File.from_local_sync(path))
    text, big, ref = run(main, fs=fs[:2], m={"z": fs[2], "a": fs[0]}).outputs()
    md5, n = hashlib.md5(), 0
    with big.open_sync("rb") as f:
        while piece := bytes(f.read(3_000_000)):
            md5.update(piece)
            n += len(piece)
    with ref.open_sync("rb") as f:
        show(text, n, md5.hexdigest(), bytes(f.read()).decode())
