// Shows what /console/state tells, once a second. Text only ever goes in as text.
const GOOD = new Set(["succeeded", "active", "started"]);
const BAD = new Set(["failed", "aborted", "timed_out"]);

function fill(id, rows) {
  document.getElementById(id).replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      row.append(
        ...cells.map((cell) => {
          const td = document.createElement("td");
          td.append(cell);
          return td;
        }),
      );
      return row;
    }),
  );
  document.getElementById(`no-${id}`).hidden = rows.length > 0;
}

function state(word, title = "") {
  const span = document.createElement("span");
  span.textContent = word;
  span.title = title;
  span.className = GOOD.has(word) ? "good" : BAD.has(word) ? "bad" : "";
  return span;
}

function link(url) {
  if (!url) return "";
  const a = document.createElement("a");
  a.href = `${url}/docs`;
  a.textContent = url;
  return a;
}

const duration = (from, to) => `${(Math.max(0, to - from) / 1000).toFixed(1)} s`;

async function refresh() {
  const live = document.getElementById("live");
  try {
    const { apps, runs } = await (await fetch("console/state")).json();
    fill(
      "apps",
      apps.map((app) => [
        app.name,
        `${app.project}/${app.domain}`,
        state(app.status, app.message),
        String(app.revision),
        link(app.url),
      ]),
    );
    fill(
      "runs",
      runs.map((run) => {
        const started = run.created_at > 1e14 ? run.created_at / 1000 : run.created_at;
        const ended = run.ended_at === null ? Date.now() : run.ended_at > 1e14 ? run.ended_at / 1000 : run.ended_at;
        return [
          run.run,
          run.task_name,
          `${run.project}/${run.domain}`,
          state(run.phase),
          new Date(started).toLocaleTimeString(),
          duration(started, ended),
        ];
      }),
    );
    live.textContent = "live";
  } catch {
    live.textContent = "The devbox does not answer.";
  }
}

refresh();
setInterval(refresh, 1000);
