// The worker's way in.
//
// What worker-build makes puts three proxies around the worker for each request, a tenth of what a hit costs. This does
// the same without them: the WASM is made anew after a trap, which would leave it unusable.

import Worker from "./build/index.js";

const state = globalThis.__worker_init_state;
const { fetch } = Worker.prototype;

export default {
  async fetch(request, env, ctx) {
    // Its constructor makes the WASM anew.
    if (state.criticalError) new Worker(ctx, env);
    try {
      return await fetch.call({ env, ctx }, request);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
      throw error;
    }
  },
};
