// The Cache API's other side, in memory: what workerd asks of the service named as `cacheApiOutbound`.

const kept = new Map();

export default {
  async fetch(request) {
    const key = request.url;
    switch (request.method) {
      case "GET": {
        const copy = kept.get(key);
        if (copy === undefined) return new Response(null, { status: 504, headers: { "cf-cache-status": "MISS" } });
        return new Response(copy.body, { headers: copy.headers, encodeBody: "manual" });
      }
      case "PUT": {
        // An HTTP/1.1 response, header and body.
        const bytes = new Uint8Array(await request.arrayBuffer());
        const text = new TextDecoder("latin1").decode(bytes.subarray(0, 8192));
        const end = text.indexOf("\r\n\r\n");
        const headers = text
          .slice(0, end)
          .split("\r\n")
          .slice(1)
          .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
        headers.push(["cf-cache-status", "HIT"]);
        kept.set(key, { headers, body: bytes.slice(end + 4) });
        return new Response(null, { status: 204 });
      }
      case "PURGE":
        return new Response(null, { status: kept.delete(key) ? 200 : 404 });
      default:
        return new Response(null, { status: 405 });
    }
  },
};
