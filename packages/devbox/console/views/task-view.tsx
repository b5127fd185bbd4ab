import { useEffect, useState } from "preact/hooks";
import type { TasksState } from "../../src/console/live-state.ts";
import type { JsonObject } from "../form-fields.ts";
import { useLive } from "../live.ts";
import { Empty, Loading, Problem } from "../parts/empty.tsx";
import { Heading } from "../parts/heading.tsx";
import { JsonView } from "../parts/json.tsx";
import { RunForm } from "../parts/run-form.tsx";
import { go, href, hrefWith, type Route } from "../route.ts";
import { messageOf } from "../rpc.ts";
import { inputSchema, type TaskSpec, taskSpec, taskVersions } from "../task-calls.ts";
import { Fact } from "./run-view.tsx";

interface Known {
  readonly version: string;
  readonly versions: readonly string[];
  readonly spec: TaskSpec;
  readonly schema: JsonObject;
}

/** One task: what it is, what it takes, and a form to run it. */
export function TaskView({ route }: { route: Route }) {
  const { project, domain, name, params } = route;
  const asked = params.get("version") ?? "";
  // A version that is deployed while the task is looked at is shown at once.
  const told = useLive<TasksState>("tasks", { project, domain, q: name });
  const newest = told?.tasks.find((task) => task.name === name)?.version;
  const [known, setKnown] = useState<Known>();
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let left = false;
    const load = async (): Promise<Known | undefined> => {
      const versions = await taskVersions({ project, domain, name });
      const version = asked || versions[0];
      if (version === undefined) return undefined;
      const spec = await taskSpec({ project, domain, name, version });
      return { version, versions, spec, schema: await inputSchema(spec) };
    };
    load().then(
      (found) => {
        if (left) return;
        setKnown(found);
        setProblem(found ? "" : `There is no task ${name} in ${project}/${domain}.`);
      },
      (error: unknown) => left || setProblem(messageOf(error)),
    );
    return () => {
      left = true;
    };
  }, [project, domain, name, asked, newest]);

  return (
    <>
      <div class="head">
        <div>
          <p class="crumbs">
            <a href={href(route, "tasks")}>Tasks</a>
          </p>
          <Heading title={name}>
            <span class="mono">{name}</span>
          </Heading>
        </div>
        <div class="buttons">
          <a class="button" href={href(route, "runs", "", { task: name })}>
            Runs of this task
          </a>
        </div>
      </div>
      {problem && <Problem text={problem} />}
      {!known && !problem && <Loading />}
      {known && <Details route={route} known={known} />}
    </>
  );
}

function Details({ route, known: { version, versions, spec, schema } }: { route: Route; known: Known }) {
  const { project, domain, name } = route;
  const { taskTemplate, environment, documentation } = spec;
  const description = documentation?.longDescription || documentation?.shortDescription || environment?.description;
  const { image, command = [], args = [] } = taskTemplate?.container ?? {};
  return (
    <>
      {description && <p class="lead">{description}</p>}
      <dl class="facts">
        <Fact name="Version">
          <select
            aria-label="Version"
            class="mono"
            value={version}
            onChange={({ currentTarget }) => go(hrefWith(route, { version: currentTarget.value }))}
          >
            {(versions.includes(version) ? versions : [version, ...versions]).map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </Fact>
        <Fact name="Type">{taskTemplate?.type || "–"}</Fact>
        {environment?.name && <Fact name="Environment">{environment.name}</Fact>}
        {image && (
          <Fact name="Image">
            <span class="mono">{image}</span>
          </Fact>
        )}
      </dl>
      <div class="two">
        <section class="sheet padded" aria-labelledby="run-title">
          <h2 id="run-title">Run</h2>
          <RunForm key={version} scope={route} taskId={{ project, domain, name, version }} spec={spec} />
        </section>
        <section class="sheet padded">
          <JsonView label="JSON Schema of the inputs" value={schema} />
          {command.length + args.length > 0 ? (
            <JsonView label="Command" value={[...command, ...args]} />
          ) : (
            <Empty title="No command">Tasks of this type need no process.</Empty>
          )}
        </section>
      </div>
    </>
  );
}
