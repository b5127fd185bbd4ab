# Baseline: the webhook of Flyte's Python SDK, started as its own server starts it in a container.
import os

import flyte
import uvicorn
from flyte.app.extras import FlyteWebhookAppEnvironment

flyte.init_in_cluster(project=os.environ["BENCH_PROJECT"], domain=os.environ["BENCH_DOMAIN"])
env = FlyteWebhookAppEnvironment(name="bench-webhook")
uvicorn.run(env.app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", access_log=False)
