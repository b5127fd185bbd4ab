import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Scope } from "../../src/console/live-state.ts";
import { announce } from "../announce.ts";
import { type Field, fieldOfMessage, fieldsOf, type JsonObject, readFields } from "../form-fields.ts";
import { go, href } from "../route.ts";
import { messageOf } from "../rpc.ts";
import { inputSchema, runTask, type TaskId, type TaskSpec } from "../task-calls.ts";
import { Loading, Problem } from "./empty.tsx";
import { FieldInput } from "./field-input.tsx";

interface RunFormProps {
  readonly scope: Scope;
  readonly taskId: TaskId;
  readonly spec: TaskSpec;
  /** What the fields hold at first, where it is not the task's defaults. */
  readonly values?: JsonObject | undefined;
}

/** The inputs of a task as a form, after its JSON Schema; leads to the run that it starts. */
export function RunForm({ scope, taskId, spec, values }: RunFormProps) {
  const [fields, setFields] = useState<Field[]>();
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();

  useEffect(() => {
    inputSchema(spec).then(
      (schema) => {
        const made = fieldsOf(schema, values);
        setFields(made);
        setTexts(Object.fromEntries(made.map(({ name, text }) => [name, text])));
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
  }, [spec, values]);

  useEffect(() => {
    if (Object.keys(problems).length > 0) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [problems]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!fields || busy) return;
    const read = readFields(fields, texts);
    setProblems(read.problems);
    setProblem("");
    if (Object.keys(read.problems).length > 0) return;
    setBusy(true);
    try {
      const name = await runTask(scope, taskId, spec, read.values);
      announce(`Run ${name} started`);
      go(href(scope, "runs", name));
    } catch (error) {
      const field = fieldOfMessage(fields, messageOf(error));
      if (field === undefined) setProblem(messageOf(error));
      else setProblems({ [field]: messageOf(error) });
    } finally {
      setBusy(false);
    }
  };

  if (!fields) return problem ? <Problem text={problem} /> : <Loading />;
  return (
    <form ref={form} class="run-form" noValidate onSubmit={submit} aria-label={`Run ${taskId.name}`}>
      {fields.length === 0 && <p class="muted">This task takes no inputs.</p>}
      {fields.map((field) => (
        <FieldInput
          key={field.name}
          id={`${id}-${field.name}`}
          field={field}
          text={texts[field.name] ?? ""}
          problem={problems[field.name] ?? ""}
          onText={(text) => setTexts((all) => ({ ...all, [field.name]: text }))}
        />
      ))}
      {problem && <Problem text={problem} />}
      <div class="buttons">
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? "Starting…" : "Run"}
        </button>
      </div>
    </form>
  );
}
