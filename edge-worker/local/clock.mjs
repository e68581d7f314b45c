// The worker with a clock that a test can move: `PUT /clock` with the seconds by which it is ahead.
//
// This module stands around the real worker and is part of local runs only. What is deployed doesn't contain it, and no
// setting of the worker's does the same.

import Worker from "./index.js";

const RealDate = Date;
let ahead = 0;

globalThis.Date = class extends RealDate {
  constructor(...time) {
    if (time.length === 0) super(RealDate.now() + ahead);
    else super(...time);
  }

  static now() {
    return RealDate.now() + ahead;
  }
};

export default class extends Worker {
  async fetch(request) {
    if (request.method === "PUT" && new URL(request.url).pathname === "/clock") {
      ahead = Number(await request.text()) * 1000;
      return new Response(null, { status: 204 });
    }
    return super.fetch(request);
  }
}
