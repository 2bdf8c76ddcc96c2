"use strict";

// Builds the table, runs its rows one after the other, and says whether all went as expected.
// For programs: `results` is a promise of all rows, `<html data-state>` is running, passed, failed.

const PAGES = {
  other: "from another page",
  sandbox: "from a sandboxed frame",
  localhost: "from a page on localhost",
};

const results = (async () => {
  showFacts();
  showTable();
  await warmUp().catch(() => {}); // what fails here fails in a row, too
  const seen = [];
  for (const row of rows) {
    show(`Asking… ${seen.length + 1} of ${rows.length}`);
    seen.push(await runRow(row));
  }
  showSummary(seen);
  return seen;
})();

const BLOCKED = ["blocked", "no order"];

async function runRow(row) {
  const seen = row.from ? await seenFromFrame(row) : await seenBy(row);
  const ok = seen === row.expected;
  const shown = document.getElementById(slug(row));
  if (BLOCKED.includes(seen)) await showWhy(row, shown.querySelector(".why"));
  const cell = shown.querySelector(".seen");
  cell.replaceChildren(element("span", {}, seen));
  for (const mark of [cell, document.querySelector(`#strip [href="#${slug(row)}"]`)]) {
    mark.classList.add(ok ? "ok" : "bad");
  }
  return { name: row.name, expected: row.expected, seen, ok };
}

// What the API says of a row that was blocked: the reason, and the exchange that it was about.
async function showWhy(row, cell) {
  const { asked, answered, refused } = await lastExchange();
  const reason = element("p", {}, refused ? refused.message : row.why);
  if (refused) reason.append(" ", element("code", { title: "its reason" }, refused.word));
  const lines = [...asked.map((line) => `> ${line}`), ...answered.map((line) => `< ${line}`)];
  const title = element("h4", {}, "Why it was blocked");
  const code = lines.map((line) => element("span", { className: "line" }, line + "\n"));
  cell.replaceChildren(title, reason, element("pre", {}, ...code));
}

// That with a refusal, if there was one. Reading them forgets them.
async function lastExchange() {
  const answer = await fetch(`${api}/exchanges`);
  const exchanges = await answer.json();
  return exchanges.findLast(({ refused }) => refused) ?? exchanges.at(-1);
}

// What another page reads: a frame asks in its own name, and posts what it saw.
async function seenFromFrame(row) {
  const frame = element("iframe", { hidden: true });
  if (row.from === "sandbox") frame.sandbox = "allow-scripts";
  frame.src = `${frameOrigin(row.from)}/frame.html?row=${rows.indexOf(row)}&run=${run}`;
  const posted = new Promise((resolve) => {
    addEventListener("message", function read({ source, data }) {
      if (source !== frame.contentWindow) return;
      removeEventListener("message", read);
      resolve(data);
    });
  });
  document.body.append(frame);
  const seen = await Promise.race([posted, outOfTime()]);
  frame.remove();
  return seen;
}

function frameOrigin(from) {
  return from === "localhost" ? other.replace("127.0.0.1", "localhost") : other;
}

function showFacts() {
  for (const [name, origin] of Object.entries(playground.origins)) {
    document.querySelector(`#origins .${name} dd`).textContent = origin;
  }
  document.getElementById("engine").textContent = navigator.userAgent;
}

function showTable() {
  document.getElementById("strip").append(...rows.map(stripMark));
  for (const { title, rows } of sections) {
    const heading = element("th", { colSpan: 4, scope: "rowgroup" }, title);
    const body = element("tbody", {}, element("tr", { className: "section" }, heading));
    body.append(...rows.map(tableRow));
    document.getElementById("table").append(body);
  }
}

function stripMark(row) {
  const link = element("a", { href: `#${slug(row)}`, title: row.name, ariaLabel: row.name });
  return element("li", {}, link);
}

function tableRow(row) {
  const name = element("h3", {}, row.name);
  if (row.from) name.append(" ", element("span", { className: "from" }, PAGES[row.from]));
  const says = element("p", {}, row.says);
  return element(
    "tr",
    { id: slug(row) },
    element("td", { className: "asked" }, name, says, highlighted(bodyOf(row.ask))),
    element(
      "td",
      { className: "policy" },
      highlighted(playground.policies[row.policy]),
      element("div", { className: "why" }),
    ),
    element("td", { className: "expected" }, element("span", {}, row.expected)),
    element("td", { className: "seen" }, element("span", {}, "…")),
  );
}

function showSummary(seen) {
  const bad = seen.filter(({ ok }) => !ok);
  document.documentElement.dataset.state = bad.length ? "failed" : "passed";
  if (bad.length === 0) {
    show(`All ${seen.length} rows are as expected`);
    return;
  }
  show(`${bad.length} of ${seen.length} rows ${bad.length === 1 ? "is" : "are"} not as expected`);
  const links = bad.map((row) => element("a", { href: `#${slug(row)}` }, row.name));
  document.getElementById("failures").append(...links);
}

function show(text) {
  document.getElementById("summary").textContent = text;
}

function slug({ name }) {
  return name.toLowerCase().replace(/\W+/g, "-");
}
