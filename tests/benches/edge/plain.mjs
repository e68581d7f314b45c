// The edge's worker as one would write it plainly in JavaScript, as far as a hit and a miss go: the same checks, the same
// headers, the same line in the log.

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const JSON_TYPE = "application/json; charset=utf-8";

export default {
  async fetch(request, env, context) {
    const started = Date.now();
    const id = request.headers.get("x-request-id");
    const requestId = id !== null && /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : crypto.randomUUID();
    const { response, path, cache } = await answer(request, env, context, requestId);
    console.log(
      JSON.stringify({
        message: "answered",
        method: request.method,
        path,
        error: null,
        status: response.status,
        cache,
        trouble: null,
        request_id: requestId,
        ms: Date.now() - started,
      }),
    );
    return response;
  },
};

async function answer(request, env, context, requestId) {
  const { pathname } = new URL(request.url);
  const [entity, mbid, ...more] = pathname.replace(/^\/api\/v0\.4/, "").split("/").filter((segment) => segment !== "");
  const canonical = mbid === undefined ? "" : decodeURIComponent(mbid).toLowerCase();
  if ((entity !== "artist" && entity !== "album") || more.length > 0 || !UUID.test(canonical)) {
    const body = JSON.stringify({ error: "path: no such route" });
    const headers = { "content-type": JSON_TYPE, "cache-control": "no-store", "x-request-id": requestId };
    return { response: new Response(body, { status: 404, headers }), path: null, cache: "refused" };
  }
  const path = `/${entity}/${canonical}`;
  const url = `https://${env.CACHE_HOST}/kept${path}`;
  const now = Math.floor(Date.now() / 1000);
  let copy = await caches.default.match(url);
  let cache = "hit";
  if (copy === undefined) {
    cache = "miss";
    const reply = await fetch(env.ORIGIN_URL + path, {
      headers: { "accept-encoding": "gzip" },
      encodeResponseBody: "manual",
    });
    const kept = [
      reply.status,
      "gzip",
      reply.headers.get("linernotes-fresh-until"),
      reply.headers.get("linernotes-stale-until"),
      now,
      reply.headers.get("etag"),
      reply.headers.get("cache-tag"),
    ].join(" ");
    copy = new Response(await reply.arrayBuffer(), {
      headers: {
        "content-type": "application/octet-stream",
        "cache-control": "public, max-age=2592000",
        "linernotes-kept": kept,
      },
    });
    context.waitUntil(caches.default.put(url, copy.clone()));
  }
  const [status, coding, freshUntil, , madeAt, etag, tags] = copy.headers.get("linernotes-kept").split(" ");
  const age = now - Number(madeAt);
  const ttl = Number(freshUntil) - now;
  const headers = new Headers({
    "cache-control": `public, s-maxage=${age + ttl}, max-age=0`,
    age: String(age),
    "cache-status": cache === "hit" ? `linernotes-edge; hit; ttl=${ttl}` : "linernotes-edge; fwd=miss; stored",
    "content-type": JSON_TYPE,
    vary: "accept-encoding",
    etag,
    "cache-tag": tags,
    "x-request-id": requestId,
  });
  const ifNoneMatch = request.headers.get("if-none-match");
  if (ifNoneMatch !== null && ifNoneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag)) {
    return { response: new Response(null, { status: 304, headers }), path, cache };
  }
  const accepted = request.cf?.clientAcceptEncoding ?? request.headers.get("accept-encoding") ?? "";
  const takesGzip = accepted.split(",").some((coding) => coding.split(";")[0].trim() === "gzip");
  const init = { status: Number(status), headers };
  let body = copy.body;
  if (coding === "gzip" && takesGzip) {
    headers.set("content-encoding", "gzip");
    init.encodeBody = "manual";
  } else if (coding === "gzip") {
    body = body.pipeThrough(new DecompressionStream("gzip"));
  }
  return { response: new Response(request.method === "HEAD" ? null : body, init), path, cache };
}
