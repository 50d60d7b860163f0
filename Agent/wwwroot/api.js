// The agent's HTTP API. Every failure becomes a Problem with a title and a detail for people.

export class Problem extends Error {
  constructor(status, title, detail) {
    super(title);
    Object.assign(this, { status, title, detail });
  }
}

const unreachable = () => new Problem(0, "The agent cannot be reached.", "Check that it is still running, then try again.");

async function problemOf(response) {
  let body = {};
  try { body = await response.json(); } catch { /* not every proxy answers in JSON */ }
  return new Problem(response.status, body.title ?? `The agent answered ${response.status}.`, body.detail ?? "");
}

export class Api {
  constructor(key) { this.key = key; }

  async request(method, path, body, { accept = "application/json", headers = {}, signal } = {}) {
    let response;
    try {
      response = await fetch(path, {
        method, signal,
        headers: {
          accept, ...headers,
          ...(this.key ? { authorization: `Bearer ${this.key}` } : {}),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (error) {
      throw error.name === "AbortError" ? error : unreachable();
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  async json(method, path, body) {
    const response = await this.request(method, path, body);
    return response.status === 204 ? null : response.json();
  }

  info() { return this.json("GET", "/api/info"); }
  signUp(email, password) { return this.json("POST", "/api/users", { email, password: password || null }); }
  logIn(email, password) { return this.json("POST", "/api/login", { email, password }); }
  me() { return this.json("GET", "/api/me"); }
  forget() { return this.json("DELETE", "/api/me"); }
  profile() { return this.json("GET", "/api/profile"); }
  history() { return this.json("GET", "/api/profile/history?limit=50"); }
  newThread(title) { return this.json("POST", "/api/threads", { title }); }
  threads(cursor) { return this.json("GET", `/api/threads?limit=30${page(cursor)}`); }
  messages(threadId, cursor) { return this.json("GET", `/api/threads/${threadId}/messages?limit=30${page(cursor)}`); }

  // Posts a message and calls on[event](data) as server-sent events arrive. A stream that ends without "done" was cut.
  async send(threadId, message, idempotencyKey, on, signal) {
    const response = await this.request("POST", `/api/threads/${threadId}/messages`, { message },
      { accept: "text/event-stream", headers: { "idempotency-key": idempotencyKey }, signal });
    let finished = false;
    for await (const { event, data } of events(response, signal)) {
      if (event === "error") throw new Problem(data.status ?? 500, data.title ?? "The agent could not answer.", data.detail ?? "");
      if (event === "done") finished = true;
      on[event]?.(data);
    }
    if (!finished) throw new Problem(0, "The answer broke off.", "The connection was lost. Trying again continues where it stopped.");
  }
}

const page = cursor => cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";

async function* events(response, signal) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer += value.replaceAll("\r", "");
      for (let end; (end = buffer.indexOf("\n\n")) >= 0; buffer = buffer.slice(end + 2)) {
        const parsed = parse(buffer.slice(0, end));
        if (parsed) yield parsed;
      }
    }
  } catch (error) {
    throw error.name === "AbortError" || signal?.aborted ? new DOMException("Stopped", "AbortError") : unreachable();
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parse(block) {
  let event = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? { event, data: JSON.parse(data.join("\n")) } : null;
}
