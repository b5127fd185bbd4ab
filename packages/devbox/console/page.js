// Shows what /console/events tells: the whole state, at once and after each change.
import { liveTable, tick } from "./live-table.js";

const TONES = {
  good: ["succeeded", "active", "started"],
  bad: ["failed", "timed_out"],
  idle: ["stopped", "aborted", "unspecified"],
};

/** What is on its way is none of those. */
const toneOf = (word) => Object.keys(TONES).find((tone) => TONES[tone].includes(word)) ?? "busy";
const state = (word) => ({ tone: toneOf(word), text: word.replaceAll("_", " ") });
const scope = ({ project, domain }) => `${project}/${domain}`;
const key = ({ project, domain, name }) => JSON.stringify([project, domain, name]);
const at = (id) => document.getElementById(id);

const showApps = liveTable(at("apps"), key, (app) => [
  [app.name, { small: scope(app) }],
  [state(app.status), ...(app.status === "failed" ? [{ note: app.message }] : [])],
  app.sinceMs === null ? "" : { fromMs: app.sinceMs, age: true },
  String(app.revision),
  [
    ...(app.url ? [{ href: app.url, text: app.url }] : []),
    ...(app.docs ? [" ", { href: app.docs, text: "docs" }] : []),
  ],
]);

const showRuns = liveTable(at("runs"), key, (run) => [
  [run.name, { small: scope(run) }],
  [state(run.phase), ...(run.message ? [{ note: run.message }] : [])],
  run.task,
  { fromMs: run.createdMs, age: true },
  { fromMs: run.createdMs, toMs: run.endedMs },
]);

/** `2 running, 1 failed` */
function counts(words) {
  const numbers = new Map();
  for (const word of words) numbers.set(word, (numbers.get(word) ?? 0) + 1);
  return [...numbers].map(([word, number]) => `${number} ${word.replaceAll("_", " ")}`).join(", ");
}

/** Marks what the address asks for, as `/#name` does. */
function mark() {
  const name = decodeURIComponent(location.hash.slice(1));
  for (const row of document.querySelectorAll("tbody tr")) {
    const meant = name !== "" && [...row.cells].some((cell) => cell.firstChild?.textContent === name);
    if (meant && !row.classList.contains("meant")) row.scrollIntoView({ block: "center" });
    row.classList.toggle("meant", meant);
  }
}

function show({ apps, runs }) {
  showApps(apps);
  showRuns(runs);
  mark();
  at("no-apps").hidden = apps.length > 0;
  at("no-runs").hidden = runs.length > 0;
  at("apps-count").textContent = counts(apps.map(({ status }) => status));
  at("runs-count").textContent = counts(runs.map(({ phase }) => phase));
  const failed = apps.filter(({ status }) => status === "failed").length;
  document.title = failed > 0 ? `(${failed}) Flyte devbox` : "Flyte devbox";
}

function say(tone, text) {
  at("live").className = `state ${tone}`;
  at("live").textContent = text;
}

let source;
let again;
let ticking;

function connect() {
  source = new EventSource("console/events");
  source.onmessage = ({ data }) => {
    show(JSON.parse(data));
    say("good", "live");
  };
  source.onerror = () => {
    say("bad", "the devbox does not answer; trying again");
    // The browser itself asks again, unless it was refused.
    if (source.readyState === EventSource.CLOSED) again = setTimeout(connect, 2000);
  };
}

/** A page that nobody sees asks for nothing: browsers open few connections to one server, and share them among tabs. */
function follow() {
  clearTimeout(again);
  clearInterval(ticking);
  source?.close();
  if (document.hidden) return;
  connect();
  tick();
  ticking = setInterval(tick, 1000);
}

at("host").textContent = location.host;
addEventListener("hashchange", mark);
document.addEventListener("visibilitychange", follow);
follow();
