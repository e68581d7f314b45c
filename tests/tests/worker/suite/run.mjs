// Runs the public HTTP caching suite (npm `http-cache-tests`) through the edge, and prints each test's result as JSON.
//
//   node run.mjs --suite FOLDER --port PORT --edge URL
//
// The suite tests caches that take any URL and pass on any header. The edge takes Lidarr's questions alone, believes the
// times that its own origin gives in headers of their own, and passes on JSON and few headers. So there is an adapter at
// either side of it:
//
// - behind it, on PORT, an origin that asks the suite's server, puts the answer's header and body into a JSON body, and
//   says by `Cache-Control` and `Expires` how long it is fresh;
// - in front of it, a `fetch` that asks for the suite's URLs by MBIDs, and takes header and body out again. What the edge
//   sends of itself (status, `Age`, `ETag` of a 304) counts.

import http from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

const { values: options } = parseArgs({
  options: { suite: { type: "string" }, port: { type: "string" }, edge: { type: "string" } },
});
const part = (path) => import(pathToFileURL(join(options.suite, path)).href);
// The suite's server talks to standard output, which is for the results.
console.log = console.error;
const handleConfig = (await part("server/handle-config.mjs")).default;
const handleState = (await part("server/handle-state.mjs")).default;
const handleTest = (await part("server/handle-test.mjs")).default;
const { runTests, getResults } = await part("client/runner.mjs");
const suites = (await part("tests/index.mjs")).default;

// Each test sends one request after the other; the edge doesn't pass on the number of the one under way.
const underWay = new Map();

const suite = http.createServer((request, response) => {
  const [kind, ...segments] = new URL(request.url, "http://suite/").pathname.split("/").slice(1);
  const handle = { config: handleConfig, state: handleState, test: handleTest }[kind];
  if (handle === undefined) response.writeHead(404).end();
  else handle(segments, request, response);
});
await new Promise((resolve) => suite.listen(0, "127.0.0.1", resolve));
const suiteUrl = `http://127.0.0.1:${suite.address().port}`;

const origin = http.createServer((request, response) => {
  const uuid = request.url.split("/").pop();
  const headers = { ...request.headers, "req-num": underWay.get(uuid) };
  // The connection is the edge's with us; the one to the suite is for this request alone.
  delete headers.connection;
  const asked = http.request(`${suiteUrl}/test/${uuid}`, { method: request.method, headers, agent: false }, (answer) => {
    const chunks = [];
    answer.on("data", (chunk) => chunks.push(chunk));
    answer.on("error", () => response.destroy());
    answer.on("end", () => {
      const now = Math.floor(Date.now() / 1000);
      const fresh = lifetime(answer.headers);
      const body = JSON.stringify({ header: answer.headers, body: Buffer.concat(chunks).toString() });
      const status = answer.statusCode === 999 ? 200 : answer.statusCode;
      response.writeHead(status, {
        "content-type": "application/json",
        "linernotes-fresh-until": now + (fresh ?? 0),
        "linernotes-stale-until": now + (fresh === undefined ? 0 : fresh + 3600),
        ...(answer.headers.etag ? { etag: answer.headers.etag } : {}),
        ...(answer.headers.age ? { age: answer.headers.age } : {}),
      });
      response.end([204, 304].includes(status) ? undefined : body);
    });
  });
  asked.on("error", () => response.destroy());
  asked.end();
});
await new Promise((resolve) => origin.listen(Number(options.port), "127.0.0.1", resolve));

/** Seconds for which our own origin would call such an answer fresh; undefined for one that isn't to be kept. */
function lifetime(headers) {
  const control = new Map(
    (headers["cache-control"] ?? "")
      .toLowerCase()
      .split(",")
      .map((directive) => directive.trim().split("="))
      .map(([name, value]) => [name, value]),
  );
  if (["no-store", "private", "no-cache"].some((name) => control.has(name)) || headers.vary === "*") return undefined;
  const seconds = control.get("s-maxage") ?? control.get("max-age");
  const age = Number(headers.age ?? 0) || 0;
  if (seconds !== undefined) return Math.max(0, (Number.parseInt(seconds.replaceAll('"', ""), 10) || 0) - age);
  if (headers.expires !== undefined) {
    const date = headers.date === undefined ? Date.now() : Date.parse(headers.date);
    return Math.max(0, Math.floor((Date.parse(headers.expires) - date) / 1000) - age) || 0;
  }
  return 0;
}

async function ask(url, init = {}) {
  const { pathname } = new URL(url);
  const [kind, uuid] = pathname.split("/").slice(1);
  if (kind !== "test") return fetch(suiteUrl + pathname, init);
  const headers = new Headers(init.headers);
  underWay.set(uuid, headers.get("req-num"));
  headers.set("accept-encoding", "identity");
  const answer = await fetch(`${options.edge}/artist/${uuid}`, { method: init.method, headers, redirect: "manual" });
  const text = await answer.text();
  const merged = new Headers();
  let body = text;
  try {
    const held = JSON.parse(text);
    for (const [name, value] of Object.entries(held.header)) merged.set(name, value);
    body = held.body;
  } catch {
    // HEAD, 304, or an answer of the edge's own.
  }
  for (const name of ["age", "etag", "cache-status"]) {
    if (answer.headers.has(name)) merged.set(name, answer.headers.get(name));
  }
  return { status: answer.status, headers: merged, text: async () => body };
}

// These are about statuses that the edge doesn't pass on, and about origins that fail, which our own tests know more of.
const OTHERS = ["stale", "heuristic", "status"];
const applied = suites.filter(({ id }) => !OTHERS.includes(id));
await runTests(applied, ask, false, "http://suite", 40);
const kinds = new Map(suites.flatMap(({ id, tests }) => tests.map((test) => [test.id, [id, test.kind ?? "required"]])));
const results = Object.entries(getResults()).map(([test, result]) => {
  const [section, kind] = kinds.get(test);
  return { section, test, kind, result: result === true ? "pass" : result[0] === "Setup" ? "setup" : "fail", why: result[1] };
});
process.stdout.write(JSON.stringify(results), () => process.exit(0));
