"use strict";

// The rows of the table: what is asked, from which page, and what that page should then read.
// The table shows the source of `ask` as it stands here. Classic scripts, not modules: a sandboxed
// frame runs them too, and could not import modules.

const { api, other } = playground.origins;
const run = new URLSearchParams(location.search).get("run") ?? Date.now().toString(36);

const sections = [
  {
    title: "Reading",
    rows: [
      {
        name: "Simple GET",
        says: "Sent without asking first. The page may read the answer, because it is named.",
        policy: "hello",
        ask: () => fetch(api + "/hello"),
        expected: "200 hello",
      },
      {
        name: "Refused origin",
        says: "The same request from another page. It arrives, and the answer is withheld.",
        policy: "hello",
        from: "other",
        ask: () => fetch(api + "/hello"),
        expected: "blocked",
      },
      {
        name: "Open to everyone",
        says: "Even a sandboxed frame, whose origin is “null”, may read what “*” gives away.",
        policy: "everyone",
        from: "sandbox",
        ask: () => fetch(api + "/news"),
        expected: "200 news",
      },
      {
        name: "An error’s status",
        says: "The page sees the 404 of the handler, not a “CORS error”.",
        policy: "missing",
        ask: () => fetch(api + "/missing"),
        expected: "404 no such thing",
      },
      {
        name: "Exposed response header",
        says: "A header that the policy lists can be read.",
        policy: "headers",
        ask: async () => {
          const report = await fetch(api + "/report");
          return report.headers.get("X-Pages");
        },
        expected: "3",
      },
      {
        name: "Hidden response header",
        says: "A header that it does not list is sent, and stays invisible.",
        policy: "headers",
        ask: async () => {
          const report = await fetch(api + "/report");
          return report.headers.get("X-Internal");
        },
        expected: "null",
      },
      {
        name: "Static file",
        says: "A folder is a resource like any other.",
        policy: "files",
        ask: () => fetch(api + "/files/readme.txt"),
        expected: "200 from a file",
      },
    ],
  },
  {
    title: "Origin patterns",
    rows: [
      {
        name: "Any port of localhost",
        says: "A page on localhost is covered, whatever its port.",
        policy: "pattern",
        from: "localhost",
        ask: () => fetch(api + "/local"),
        expected: "200 hello",
      },
      {
        name: "Not localhost",
        says: "127.0.0.1 is the same machine and another origin.",
        policy: "pattern",
        ask: () => fetch(api + "/local"),
        expected: "blocked",
      },
    ],
  },
  {
    title: "Cookies",
    rows: [
      {
        name: "With cookies",
        says: "Sign in, then ask who that was.",
        policy: "cookies",
        ask: async () => {
          const asAda = { credentials: "include" };
          await fetch(api + "/login", { ...asAda, method: "POST" });
          return fetch(api + "/me", asAda);
        },
        expected: "200 ada",
      },
      {
        name: "Cookies not allowed",
        says: "Where credentials are not allowed, asking with them gives nothing to read.",
        policy: "hello",
        ask: () => fetch(api + "/hello", { credentials: "include" }),
        expected: "blocked",
        why: "the answer has no Access-Control-Allow-Credentials",
      },
    ],
  },
  {
    title: "Asking first: preflights",
    rows: [
      {
        name: "PUT with a custom header",
        says: "The browser asks with OPTIONS, is allowed, and sends the request.",
        policy: "notes",
        ask: () => fetch(api + "/notes/put-" + run, {
          method: "PUT",
          headers: { "X-Author": "ada" },
        }),
        expected: "200 PUT by ada",
      },
      {
        name: "Refused header",
        says: "A header that is not on the list: the request never leaves the browser.",
        policy: "notes",
        ask: () => fetch(api + "/notes/header-" + run, {
          method: "PUT",
          headers: { "X-Sudo": "yes" },
        }),
        expected: "blocked",
      },
      {
        name: "Refused method",
        says: "The resource has no PATCH, so the preflight refuses it.",
        policy: "notes",
        ask: () => fetch(api + "/notes/method-" + run, {
          method: "PATCH",
        }),
        expected: "blocked",
      },
      {
        name: "One preflight for a whole session",
        says: "PUT, DELETE and PUT on one URL. The server counts how often it is asked first.",
        policy: "notes",
        ask: async () => {
          const note = api + "/notes/session-" + run;
          await fetch(note, { method: "PUT" });
          await fetch(note, { method: "DELETE" });
          await fetch(note, { method: "PUT" });
          return preflights(note);
        },
        expected: "1 preflight",
      },
    ],
  },
  {
    title: "Caches",
    rows: [
      {
        name: "A cacheable URL",
        says: "The browser keeps this answer for ten minutes.",
        policy: "cacheable",
        ask: () => fetch(api + "/cacheable?" + run),
        expected: "200 the same for all",
      },
      {
        name: "The same URL from another origin",
        says: "What was cached for one page does not block the other: the answer varies by origin.",
        policy: "cacheable",
        from: "other",
        ask: () => fetch(api + "/cacheable?" + run),
        expected: "200 the same for all",
      },
    ],
  },
  {
    title: "Streams and sockets",
    rows: [
      {
        name: "Event stream",
        says: "Server-sent events are CORS requests too.",
        policy: "events",
        ask: () => firstEvents(api + "/events", 3),
        expected: "1, 2, 3",
      },
      {
        name: "Event stream, refused origin",
        says: "The other page gets an error instead of events.",
        policy: "events",
        from: "other",
        ask: () => firstEvents(api + "/events", 3),
        expected: "blocked",
      },
      {
        name: "WebSocket",
        says: "Browsers do not guard these with CORS, so the handler asks the policy itself.",
        policy: "websocket",
        ask: () => firstMessage(api + "/chat"),
        expected: "hello",
      },
      {
        name: "WebSocket, refused origin",
        says: "The handler answers 403, and no socket opens.",
        policy: "websocket",
        from: "other",
        ask: () => firstMessage(api + "/chat"),
        expected: "blocked",
      },
    ],
  },
  {
    title: "A whole application at once",
    rows: [
      {
        name: "401 of a middleware",
        says: "The page learns that it has to sign in.",
        policy: "everywhere",
        ask: () => fetch(api + "/site/account"),
        expected: "401 who are you?",
      },
      {
        name: "Authorization",
        says: "Preflights carry no token; they are answered before the middleware asks for one.",
        policy: "everywhere",
        ask: () => fetch(api + "/site/account", {
          headers: { "Authorization": "ada" },
        }),
        expected: "200 account of ada",
      },
      {
        name: "Unknown path",
        says: "The router’s own 404 can be read as such.",
        policy: "everywhere",
        ask: async () => {
          const headers = { "Authorization": "ada" };
          const answer = await fetch(api + "/site/nothing", { headers });
          return answer.status;
        },
        expected: "404",
      },
    ],
  },
  {
    title: "Guarded: what CORS lets any page send",
    rows: [
      {
        name: "A form, without protect",
        says: "Browsers send forms of any page to any site. The order is taken.",
        policy: "unguarded",
        from: "other",
        ask: async () => {
          await submitForm(api + "/shop/orders/a-" + run);
          return orders("a-" + run);
        },
        expected: "1 order",
      },
      {
        name: "A form, with protect",
        says: "The same form is answered with 403, before any handler runs.",
        policy: "guarded",
        from: "other",
        ask: async () => {
          await submitForm(api + "/guarded/orders/b-" + run);
          return orders("b-" + run);
        },
        expected: "no order",
      },
      {
        name: "A form of a listed page",
        says: "This page is on the list, so it orders as before.",
        policy: "guarded",
        ask: async () => {
          await submitForm(api + "/guarded/orders/c-" + run);
          return orders("c-" + run);
        },
        expected: "1 order",
      },
      {
        name: "A simple POST, without protect",
        says: "The other page may not read the answer, and needs none: the order is taken.",
        policy: "unguarded",
        from: "other",
        ask: async () => {
          const post = { method: "POST", mode: "no-cors" };
          await fetch(api + "/shop/orders/d-" + run, post);
          return orders("d-" + run);
        },
        expected: "1 order",
      },
      {
        name: "A simple POST, with protect",
        says: "What it may not read, it may not send either.",
        policy: "guarded",
        from: "other",
        ask: async () => {
          const post = { method: "POST", mode: "no-cors" };
          await fetch(api + "/guarded/orders/e-" + run, post);
          return orders("e-" + run);
        },
        expected: "no order",
      },
      {
        name: "A simple POST of a listed page",
        says: "This page both sends and reads.",
        policy: "guarded",
        ask: () => fetch(api + "/guarded/orders/f-" + run, {
          method: "POST",
        }),
        expected: "200 thank you",
      },
      {
        name: "A WebSocket, without protect",
        says: "Its handler asks nobody, and so any page talks to it.",
        policy: "unguarded",
        from: "other",
        ask: () => firstMessage(api + "/shop/chat"),
        expected: "hello",
      },
      {
        name: "A WebSocket, with protect",
        says: "The handshake is refused, though the handler is the same.",
        policy: "guarded",
        from: "other",
        ask: () => firstMessage(api + "/guarded/chat"),
        expected: "blocked",
      },
      {
        name: "A WebSocket of a listed page",
        says: "The list of origins opens it.",
        policy: "guarded",
        ask: () => firstMessage(api + "/guarded/chat"),
        expected: "hello",
      },
    ],
  },
];

const rows = sections.flatMap((section) => section.rows);

// What a page got to know, as one line of text.
async function seenBy(row) {
  try {
    const answer = await Promise.race([row.ask(), outOfTime()]);
    return answer instanceof Response
      ? `${answer.status} ${(await answer.text()).trim()}`
      : String(answer);
  } catch (error) {
    // A TypeError is all that a browser tells a page about an answer that it may not read.
    return error instanceof TypeError ? "blocked" : String(error);
  }
}

// A Firefox that has just started caches none of its first few preflights, whatever the server says.
// Without this, that would show in the row that counts them.
async function warmUp() {
  for (let attempt = 1; attempt <= 10; attempt++) {
    const note = `${api}/notes/warm-up-${attempt}-${run}`;
    await fetch(note, { method: "PUT" });
    await fetch(note, { method: "PUT" });
    if (await preflights(note) === "1 preflight") return;
  }
}

async function outOfTime() {
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  return "no answer in ten seconds";
}

async function preflights(note) {
  const answer = await fetch(note + "/preflights");
  const count = await answer.text();
  return count === "1" ? "1 preflight" : `${count} preflights`;
}

async function orders(id) {
  const answer = await fetch(`${api}/ordered/${id}`);
  const count = await answer.text();
  return { 0: "no order", 1: "1 order" }[count] ?? `${count} orders`;
}

// In a frame, so that the page that sends it stays.
function submitForm(url) {
  const frame = Object.assign(document.createElement("iframe"), { hidden: true, name: `to ${url}` });
  const form = Object.assign(document.createElement("form"), { action: url, method: "POST" });
  form.hidden = true;
  form.target = frame.name;
  document.body.append(frame, form);
  return new Promise((resolve) => {
    frame.addEventListener("load", () => {
      frame.remove();
      form.remove();
      resolve();
    }, { once: true });
    form.submit();
  });
}

function firstEvents(url, count) {
  return new Promise((resolve, reject) => {
    const source = new EventSource(url);
    const events = [];
    source.onmessage = ({ data }) => {
      if (events.push(data) < count) return;
      source.close();
      resolve(events.join(", "));
    };
    source.onerror = () => {
      source.close();
      reject(new TypeError("the event stream failed"));
    };
  });
}

function firstMessage(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, "ws"));
    socket.onmessage = ({ data }) => {
      socket.close();
      resolve(data);
    };
    socket.onerror = () => reject(new TypeError("the socket did not open"));
  });
}
