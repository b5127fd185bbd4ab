import { useRef, useState } from "preact/hooks";
import type { ActionState } from "../../src/console/live-state.ts";
import { now } from "../now.ts";
import { Status } from "../parts/status.tsx";
import { Span } from "../parts/time.tsx";
import { toneOf } from "../phases.ts";
import { type Scale, scaleOf, segmentsOf, type TreeRow, tickText, treeRows } from "../timeline.ts";

interface ActionTreeProps {
  readonly actions: readonly ActionState[];
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
}

/** The actions of a run below the ones that called them, each with its time. The arrow keys walk it, as they do any tree. */
export function ActionTree({ actions, chosen, onChoose }: ActionTreeProps) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const tree = useRef<HTMLDivElement>(null);
  const rows = treeRows(actions, folded);
  const scale = scaleOf(actions, actions.some(({ endedMs }) => endedMs === null) ? now.value : 0);
  // What is folded away cannot be reached: its place is the first row then.
  const reached = rows.some(({ action }) => action.name === chosen) ? chosen : rows[0]?.action.name;

  const fold = (name: string, shut: boolean) => {
    const changed = new Set(folded);
    if (shut) changed.add(name);
    else changed.delete(name);
    setFolded(changed);
  };
  const move = (to: TreeRow | undefined) => {
    if (!to) return;
    onChoose(to.action.name);
    tree.current?.querySelector<HTMLElement>(`[data-action="${CSS.escape(to.action.name)}"]`)?.focus();
  };
  const walk = (event: KeyboardEvent) => {
    const at = rows.findIndex(({ action }) => action.name === reached);
    const row = rows[at];
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const open = row.children > 0 && !folded.has(row.action.name);
    const steps: Record<string, () => void> = {
      ArrowDown: () => move(rows[at + 1]),
      ArrowUp: () => move(rows[at - 1]),
      Home: () => move(rows[0]),
      End: () => move(rows.at(-1)),
      ArrowRight: () => (open ? move(rows[at + 1]) : fold(row.action.name, false)),
      ArrowLeft: () =>
        open ? fold(row.action.name, true) : move(rows.find(({ action }) => action.name === row.action.parent)),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };

  return (
    <section class="sheet timeline" aria-label="Actions">
      <div class="timeline-head" aria-hidden="true">
        <span>Action</span>
        <Axis scale={scale} />
      </div>
      <div ref={tree} role="tree" aria-label="Actions of the run" onKeyDown={walk}>
        {rows.map((row) => (
          <Row
            key={row.action.name}
            row={row}
            scale={scale}
            folded={folded.has(row.action.name)}
            chosen={row.action.name === chosen}
            reached={row.action.name === reached}
            onChoose={onChoose}
            onFold={fold}
          />
        ))}
      </div>
    </section>
  );
}

function Axis({ scale: { spanMs, ticksMs } }: { scale: Scale }) {
  return (
    <span class="axis">
      {ticksMs.map((tick) => (
        <span key={tick} style={{ left: `${(100 * tick) / spanMs}%` }}>
          {tickText(tick)}
        </span>
      ))}
    </span>
  );
}

interface RowProps {
  readonly row: TreeRow;
  readonly scale: Scale;
  readonly folded: boolean;
  readonly chosen: boolean;
  readonly reached: boolean;
  readonly onChoose: (name: string) => void;
  readonly onFold: (name: string, shut: boolean) => void;
}

function Row({ row: { action, level, children }, scale, folded, chosen, reached, onChoose, onFold }: RowProps) {
  const { name, title, kind, phase, createdMs, endedMs, attempts, cache, group } = action;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree listens to the keys of all of its items.
    <div
      role="treeitem"
      class="action"
      data-action={name}
      aria-level={level}
      aria-selected={chosen}
      aria-expanded={children > 0 ? !folded : undefined}
      tabIndex={reached ? 0 : -1}
      onClick={() => onChoose(name)}
    >
      <span class="action-label" style={{ paddingInlineStart: `${(Math.min(level, 12) - 1) * 1.1}rem` }}>
        {children > 0 ? (
          // For the mouse; the keyboard has the arrow keys.
          <span
            class={`twist ${folded ? "shut" : ""}`}
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation();
              onFold(name, !folded);
            }}
          />
        ) : (
          <span class="twist none" aria-hidden="true" />
        )}
        <span class="action-title">{title}</span>
        {kind !== "task" && <span class="tag">{kind}</span>}
        {group && <span class="tag">{group}</span>}
        {cache === "hit" && <span class="tag">cached</span>}
        {attempts.length > 1 && <span class="tag">{attempts.length} attempts</span>}
        {folded && <span class="tag">+{children}</span>}
        <span class="action-state">
          <Status word={phase} /> <Span from={createdMs} to={endedMs} />
        </span>
      </span>
      <Bars action={action} scale={scale} />
    </div>
  );
}

function Bars({ action, scale: { beginMs, spanMs, ticksMs } }: { action: ActionState; scale: Scale }) {
  const percent = (ms: number) => (100 * ms) / spanMs;
  return (
    <span class="bars" aria-hidden="true">
      {ticksMs.map((tick) => (
        <span key={`t${tick}`} class="line" style={{ left: `${percent(tick)}%` }} />
      ))}
      {segmentsOf(action).map(({ kind, phase, beginMs: from, endMs }) => {
        // Only what goes on changes with each second.
        const to = endMs ?? Math.max(now.value, from);
        const style = { left: `${percent(from - beginMs)}%`, width: `${percent(to - from)}%` };
        return <span key={`${kind}${from}`} class={`bar-part ${kind} ${toneOf(phase)}`} style={style} />;
      })}
    </span>
  );
}
