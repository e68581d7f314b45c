// Reads every NAME.gz of a folder in three ways, and compares with NAME.plain. Says on standard output how many agreed.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, inflateRawSync } from "node:zlib";

const HEADER = 10;
const TRAILER = 8;

/** As browsers and workerd decode a body: a stream, in whatever pieces the network brings. */
async function streamed(gzip, size) {
  const pieces = new ReadableStream({
    start(controller) {
      for (let at = 0; at < gzip.length; at += size) {
        controller.enqueue(gzip.subarray(at, at + size));
      }
      controller.close();
    },
  });
  const plain = pieces.pipeThrough(new DecompressionStream("gzip"));
  return Buffer.from(await new Response(plain).arrayBuffer());
}

const folder = process.argv[2];
let agreed = 0;
for (const file of readdirSync(folder).filter((name) => name.endsWith(".gz"))) {
  const gzip = readFileSync(join(folder, file));
  const plain = readFileSync(join(folder, file.replace(/gz$/, "plain")));
  const check = (how, read) => {
    if (!read.equals(plain)) throw new Error(`${file}, ${how}: ${read.length} bytes of ${plain.length}`);
  };
  check("at once", gunzipSync(gzip));
  check("streamed", await streamed(gzip, gzip.length < 1000 ? 1 : 1000));

  // One member: its blocks end where the trailer begins.
  const blocks = inflateRawSync(gzip.subarray(HEADER), { info: true });
  check("without the frame", blocks.buffer);
  const end = HEADER + blocks.engine.bytesWritten + TRAILER;
  if (end !== gzip.length) throw new Error(`${file} ends at ${end} of ${gzip.length}`);
  agreed += 1;
}
console.log(agreed);
