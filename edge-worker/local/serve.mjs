// Runs the built worker on workerd, with its cache and its bindings, on this machine.
//
//   node local/serve.mjs --worker FOLDER [--port PORT] [--var NAME=VALUE]... [--kv NAME]... [--rate-limit NAME=LIMIT]...
//                        [--host NAME=URL]... [--clock] [--persist FOLDER]
//
// --kv and --rate-limit bind what Cloudflare would, --persist keeps what is in KV in a folder; --host sends requests for a host to another server; --clock lets
// `PUT /clock` move the worker's time.
//
// Prints `listening on URL` once it answers. Ends when asked to, or when its standard input closes: whoever started it
// can't leave it behind.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { Miniflare, fetch } from "miniflare";
import { unstable_readConfig as readConfig } from "wrangler";

const { values: options } = parseArgs({
  options: {
    worker: { type: "string" },
    port: { type: "string", default: "0" },
    var: { type: "string", multiple: true, default: [] },
    kv: { type: "string", multiple: true, default: [] },
    "rate-limit": { type: "string", multiple: true, default: [] },
    host: { type: "string", multiple: true, default: [] },
    clock: { type: "boolean", default: false },
    persist: { type: "string" },
  },
});
if (!options.worker) {
  console.error("serve.mjs: --worker must name the folder of the built worker");
  process.exit(2);
}

const configuration = readConfig({
  config: new URL("../wrangler.toml", import.meta.url).pathname,
});
const assigned = (assignments) =>
  assignments.map((assignment) => {
    const [name, ...value] = assignment.split("=");
    return [name, value.join("=")];
  });

const beside = (name) => readFile(new URL(name, import.meta.url), "utf8");
const modules = [
  { type: "ESModule", path: "entry.mjs", contents: await beside("../entry.mjs") },
  {
    type: "ESModule",
    path: "build/index.js",
    contents: await readFile(join(options.worker, "index.js"), "utf8"),
  },
  {
    type: "CompiledWasm",
    path: "build/index_bg.wasm",
    contents: await readFile(join(options.worker, "index_bg.wasm")),
  },
];
if (options.clock) {
  // The first module is the worker. This one stands around the real one, which knows nothing of it.
  modules.unshift({ type: "ESModule", path: "clock.mjs", contents: await beside("clock.mjs") });
}

const hosts = new Map(assigned(options.host));
const outboundService = async (request) => {
  const url = new URL(request.url);
  const server = hosts.get(url.host);
  // The worker decides what a redirect means, here as elsewhere.
  if (server === undefined) return fetch(request, { redirect: "manual" });
  const headers = new Headers(request.headers);
  headers.set("x-asked-host", url.host);
  return fetch(server + url.pathname + url.search, { method: request.method, headers, redirect: "manual" });
};

const runtime = new Miniflare({
  modules,
  compatibilityDate: configuration.compatibility_date,
  // Cloudflare's cache in front of the worker isn't emulated.
  bindings: { ...configuration.vars, WORKERS_CACHE: "false", ...Object.fromEntries(assigned(options.var)) },
  kvNamespaces: options.kv,
  kvPersist: options.persist ?? false,
  ratelimits: Object.fromEntries(
    assigned(options["rate-limit"]).map(([name, limit]) => [name, { simple: { limit: Number(limit), period: 60 } }]),
  ),
  ...(hosts.size > 0 ? { outboundService } : {}),
  host: "127.0.0.1",
  port: Number(options.port),
  // The worker's own log lines go where the errors go: standard output is for the address.
  handleRuntimeStdio(output, errors) {
    output.pipe(process.stderr);
    errors.pipe(process.stderr);
  },
  cf: false,
});

const end = async () => {
  await runtime.dispose();
  process.exit(0);
};
process.on("SIGTERM", end);
process.on("SIGINT", () => {});
process.stdin.on("end", end).resume();

console.log(`listening on ${(await runtime.ready).origin}`);
