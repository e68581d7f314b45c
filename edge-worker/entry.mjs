// The worker's way in: reads what is asked, and looks for a copy of the answer. What both mean, the WASM decides.
//
// Promises that WASM waits for cost more than all else that it does for a hit, so a hit does without: two calls, and text
// each way. What worker-build makes has three proxies around the worker besides, for the WASM to be made anew after a trap,
// which would leave it unusable; that is done here, and whoever waited for it gets 503.

import Worker from "./build/index.js";

const state = globalThis.__worker_init_state;
const { copy_url, hit, answer } = Worker.prototype;

const TROUBLE = '{"error":"the service is unavailable at the moment: the edge is in trouble"}';
/** Milliseconds between two looks whether the WASM that a request waits for still lives. */
const GLANCE = 500;

export default {
  async fetch(request, env, ctx) {
    // Its constructor makes the WASM anew.
    if (state.criticalError) new Worker(ctx, env);
    let { instanceId } = state;
    try {
      const asked = lines(request);
      let url;
      try {
        url = copy_url(asked);
      } catch {
        // It trapped before, in work that no request waited for.
        state.criticalError = true;
        new Worker(ctx, env);
        instanceId = state.instanceId;
        url = copy_url(asked);
      }
      const copy = url && (await look(url));
      const found = copy && hit(asked, copy.headers.get("linernotes-kept") ?? "");
      if (!found) return await alive(answer(asked, request, env, ctx, copy), instanceId);
      const [log, init] = found.split("\n");
      console.log(log);
      return new Response(copy.body, JSON.parse(init));
    } catch (error) {
      // The WASM throws nothing while it is sound. Another request may have had it made anew meanwhile.
      if (state.instanceId === instanceId) state.criticalError = true;
      // What it says itself may hold a URL.
      console.error(JSON.stringify({ message: "the worker is in trouble", error: error?.name }));
      const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", "retry-after": "10" };
      return new Response(TROUBLE, { status: 503, headers });
    }
  },
};

/** What shapes the answer, in the order in which `src/asked.rs` reads it. No header's value holds the end of a line. */
function lines({ method, url, headers, cf }) {
  // Cloudflare puts its own `Accept-Encoding` on every request and keeps the client's here.
  const coding = cf?.clientAcceptEncoding ?? headers.get("accept-encoding") ?? "";
  const known = headers.get("if-none-match") ?? "";
  const id = headers.get("x-request-id") ?? "";
  return `${Date.now()}\n${method}\n${url}\n${coding}\n${known}\n${id}`;
}

/** Fails if the WASM ends before the promise does: then nothing else would end the wait for it. */
async function alive(promised, instanceId) {
  let glance;
  const ended = new Promise((_, reject) => {
    glance = setInterval(() => {
      if (state.criticalError || state.instanceId !== instanceId) return reject(new Error("the WASM has ended"));
      try {
        // Where it trapped outside of any request's call, nobody has noticed yet: it refuses the next one.
        copy_url("");
      } catch (error) {
        reject(error);
      }
    }, GLANCE);
  });
  try {
    return await Promise.race([promised, ended]);
  } finally {
    clearInterval(glance);
  }
}

async function look(url) {
  try {
    return await caches.default.match(url);
  } catch {
    console.error('{"message":"the cache failed to look"}');
  }
}
