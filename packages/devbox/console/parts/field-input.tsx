import type { Field } from "../form-fields.ts";

interface FieldInputProps {
  readonly id: string;
  readonly field: Field;
  readonly text: string;
  readonly problem: string;
  readonly onText: (text: string) => void;
}

/** One input of a task with its label, its type, and what is wrong with it. */
export function FieldInput({ id, field, text, problem, onText }: FieldInputProps) {
  const { name, kind, type, description, required } = field;
  const described = [`${id}-type`, description && `${id}-description`, problem && `${id}-problem`];
  return (
    <div class="field">
      <div class="field-head">
        <label for={id}>{name}</label>
        <span id={`${id}-type`} class="muted">
          {type}
          {required ? "" : ", optional"}
        </span>
      </div>
      {description && (
        <p id={`${id}-description`} class="muted">
          {description}
        </p>
      )}
      <Control
        field={field}
        text={text}
        onText={onText}
        attributes={{
          id,
          "aria-required": required && kind !== "boolean",
          "aria-invalid": problem !== "",
          "aria-describedby": described.filter(Boolean).join(" "),
        }}
      />
      {problem && (
        <p id={`${id}-problem`} class="field-problem">
          {problem}
        </p>
      )}
    </div>
  );
}

interface ControlProps extends Pick<FieldInputProps, "field" | "text" | "onText"> {
  readonly attributes: {
    readonly id: string;
    readonly "aria-required": boolean;
    readonly "aria-invalid": boolean;
    readonly "aria-describedby": string;
  };
}

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  datetime: "2026-01-31T12:00:00Z",
  duration: "1h30m",
};

function Control({ field: { kind, choices, required }, text, onText, attributes }: ControlProps) {
  const onInput = ({ currentTarget }: { currentTarget: { value: string } }) => onText(currentTarget.value);
  switch (kind) {
    case "boolean":
      return (
        <input
          {...attributes}
          type="checkbox"
          checked={text === "true"}
          onChange={({ currentTarget }) => onText(String(currentTarget.checked))}
        />
      );
    case "choice":
      return (
        <select {...attributes} value={text} onChange={onInput}>
          {(!required || text === "") && <option value="">–</option>}
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      );
    case "json":
      return (
        <textarea
          {...attributes}
          class="code"
          rows={rowsOf(text, 3)}
          spellcheck={false}
          value={text}
          onInput={onInput}
        />
      );
    case "text":
      return <textarea {...attributes} rows={rowsOf(text, 1)} spellcheck={false} value={text} onInput={onInput} />;
    default:
      return (
        <input
          {...attributes}
          type="text"
          class="number"
          inputMode={kind === "integer" ? "numeric" : kind === "number" ? "decimal" : "text"}
          autoComplete="off"
          placeholder={PLACEHOLDERS[kind] ?? ""}
          value={text}
          onInput={onInput}
        />
      );
  }
}

const rowsOf = (text: string, least: number) => Math.min(12, Math.max(least, text.split("\n").length));
