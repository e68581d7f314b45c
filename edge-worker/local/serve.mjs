// Runs the built worker on workerd, with its cache, on this machine.
//
//   node local/serve.mjs --worker FOLDER [--port PORT] [--var NAME=VALUE]...
//
// Prints `listening on URL` once it answers. Ends when asked to, or when its standard input closes: whoever started it
// can't leave it behind.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { Miniflare } from "miniflare";
import { unstable_readConfig as readConfig } from "wrangler";

const { values: options } = parseArgs({
  options: {
    worker: { type: "string" },
    port: { type: "string", default: "0" },
    var: { type: "string", multiple: true, default: [] },
  },
});
if (!options.worker) {
  console.error("serve.mjs: --worker must name the folder of the built worker");
  process.exit(2);
}

const configuration = readConfig({
  config: new URL("../wrangler.toml", import.meta.url).pathname,
});
const variables = Object.fromEntries(
  options.var.map((assignment) => {
    const [name, ...value] = assignment.split("=");
    return [name, value.join("=")];
  }),
);

const module = (name) => join(options.worker, name);
const runtime = new Miniflare({
  modules: [
    { type: "ESModule", path: "index.js", contents: await readFile(module("index.js"), "utf8") },
    { type: "CompiledWasm", path: "index_bg.wasm", contents: await readFile(module("index_bg.wasm")) },
  ],
  compatibilityDate: configuration.compatibility_date,
  bindings: { ...configuration.vars, ...variables },
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
