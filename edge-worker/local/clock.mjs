// The worker with a clock that a test can move: `PUT /clock` with the seconds by which it is ahead. `PUT /trap` with a
// number has it trap when it asks for the time so many times more, as WASM does that meets something impossible.
// `PUT /store` with the beginning of keys has the durable store hold what is asked for them, until `PUT /store` with
// nothing lets it go on; then, what was to be written fails.
//
// This module stands around the real worker and is part of local runs only. What is deployed doesn't contain it, and no
// setting of the worker's does the same.

import worker from "./entry.mjs";

const RealDate = Date;
let ahead = 0;
let trap = 0;
let held = "";

globalThis.Date = class extends RealDate {
  constructor(...time) {
    if (time.length === 0) super(RealDate.now() + ahead);
    else super(...time);
  }

  static now() {
    if (trap > 0 && --trap === 0) throw new WebAssembly.RuntimeError("unreachable");
    return RealDate.now() + ahead;
  }
};

export default {
  async fetch(request, env, ctx) {
    if (request.method === "PUT") {
      const text = await request.text();
      const { pathname } = new URL(request.url);
      if (pathname === "/trap") trap = Number(text);
      else if (pathname === "/store") held = text;
      else ahead = Number(text) * 1000;
      return new Response(null, { status: 204 });
    }
    return worker.fetch(request, env.COPIES ? { ...env, COPIES: holding(env.COPIES) } : env, ctx);
  },
};

/** A store that can be held. */
function holding(store) {
  const isHeld = (keys) => held !== "" && [keys].flat().some((key) => key.startsWith(held));
  const released = async (keys) => {
    const waits = isHeld(keys);
    // Each request by its own timer: what belongs to another can't be waited for.
    while (isHeld(keys)) await new Promise((resolve) => setTimeout(resolve, 10));
    return waits;
  };
  return {
    async get(keys, ...options) {
      await released(keys);
      return store.get(keys, ...options);
    },
    async put(key, ...rest) {
      if (await released(key)) throw new Error("the store is in trouble");
      return store.put(key, ...rest);
    },
    getWithMetadata: (...of) => store.getWithMetadata(...of),
    list: (...of) => store.list(...of),
    delete: (...of) => store.delete(...of),
  };
}
