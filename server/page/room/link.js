/* link.js - the way to the server: passes, tickets, the WebSocket and coming back after a drop.
 *
 * Who may enter: the room's URL carries a pass in its fragment, which browsers send to nobody (#pass=...), or the user enters a key.
 * Either buys a ticket for each connection, good for one use and 30 s, so that neither ever stands in a URL that is logged. */

const HEADER_BYTES = 24, AUDIO = 1, FRAME = 2, SPEECH = 3, PCM16 = 1;
const PING_MS = 15000, QUIET_MS = 40000, MAX_WAIT_MS = 15000, MAX_UNSENT_BYTES = 256 * 1024;
const OVER = 1000, TAKEN = 4001;

const base = new URL("../", location.href); /* a proxy may have put the server under a path */
export const session = decodeURIComponent(location.pathname.replace(/\/$/, "").split("/").pop());

let secret = null; /* headers that open the room */

export function findPass() {
  const pass = new URLSearchParams(location.hash.slice(1)).get("pass");
  if (pass) secret = { "X-Room-Pass": pass };
  return secret !== null;
}
export function useKey(key) { secret = { "X-API-Key": key }; }

export class Refusal extends Error {
  constructor(status, body, retry) {
    super(body?.error?.message || body?.detail || `HTTP ${status}`);
    this.status = status;
    this.code = body?.error?.code || "";
    this.retry = Number(retry) || 0;
  }
}

export async function call(method, path) {
  const reply = await fetch(new URL(path, base), { method, headers: { Accept: "application/json", ...secret }, cache: "no-store" });
  let body = null;
  try { body = await reply.json(); } catch { /* a proxy's page: the status says enough */ }
  if (!reply.ok) throw new Refusal(reply.status, body, reply.headers.get("Retry-After"));
  return body;
}
export const about = (what = "") => `api/sessions/${encodeURIComponent(session)}${what}`;

export class Link {
  /* on: message(object), sound(Int16Array, at_ms), frame(bytes, at_ms), state(word), closed(code, reason) */
  constructor(on) {
    this.on = on;
    this.socket = null;
    this.tries = 0;
    this.wanted = false;
  }

  get ready() { return this.socket?.readyState === WebSocket.OPEN; }

  async open() {
    this.wanted = true;
    this.on.state(this.tries ? "lost" : "connecting");
    let ticket;
    try {
      ({ ticket } = await call("POST", about("/ticket")));
    } catch (error) {
      if (error instanceof Refusal && error.status < 500 && error.status !== 429) {
        this.wanted = false;
        throw error;
      }
      return this.later(error.retry * 1000);
    }
    if (!this.wanted) return;
    const url = new URL(`ws/${encodeURIComponent(session)}`, base);
    url.protocol = base.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("ticket", ticket);
    const socket = this.socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { this.heard = performance.now(); this.on.state("connected"); };
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = ({ code, reason }) => this.lost(socket, code, reason);
    clearInterval(this.pinging);
    this.pinging = setInterval(() => this.ping(), PING_MS);
  }

  receive(data) {
    this.heard = performance.now();
    if (typeof data === "string") {
      const m = JSON.parse(data);
      if (m.type === "connected") this.tries = 0;
      return this.on.message(m);
    }
    const head = new DataView(data), kind = head.getUint8(0), at = Number(head.getBigUint64(8, true));
    if (kind === AUDIO) this.on.sound(new Int16Array(data.slice(HEADER_BYTES)), at);
    else if (kind === FRAME) this.on.frame(new Uint8Array(data, HEADER_BYTES), at, Number(head.getBigUint64(16, true)));
  }

  lost(socket, code, reason) {
    if (socket !== this.socket) return;
    clearInterval(this.pinging);
    this.socket = null;
    if (code === OVER || code === TAKEN) this.wanted = false;
    this.on.closed(code, reason);
    if (this.wanted) this.later(0);
  }

  /* Comes back: at once, then after 1, 2, 4 ... s, each a little different, so that a thousand rooms do not come at the same moment. */
  later(atLeast) {
    if (!this.wanted) return;
    const wait = this.tries === 0 ? 200 : Math.min(MAX_WAIT_MS, 1000 * 2 ** (this.tries - 1)) * (0.75 + Math.random() / 2);
    this.tries++;
    this.on.state("lost");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open().catch((error) => this.on.closed(0, error)), Math.max(wait, atLeast || 0));
  }

  ping() {
    if (!this.ready) return;
    if (performance.now() - this.heard > QUIET_MS) { /* a network that went away says nothing */
      const socket = this.socket;
      this.lost(socket, 1006, "");
      return socket.close();
    }
    this.send("ping", { timestamp: new Date().toISOString() });
  }

  send(type, fields) {
    if (!this.ready) return false;
    this.socket.send(JSON.stringify({ type, ...fields, timestamp: fields?.timestamp || new Date().toISOString() }));
    return true;
  }

  /* Speech of 16 kHz; dropped where the network is so far behind that it would come too late to be an answer. */
  speech(pcm) {
    if (!this.ready || this.socket.bufferedAmount > MAX_UNSENT_BYTES) return;
    const message = new Uint8Array(HEADER_BYTES + pcm.byteLength), head = new DataView(message.buffer);
    head.setUint8(0, SPEECH);
    head.setUint8(1, PCM16);
    head.setUint32(4, 16000, true);
    message.set(new Uint8Array(pcm), HEADER_BYTES);
    this.socket.send(message);
  }

  close() {
    this.wanted = false;
    clearTimeout(this.timer);
    clearInterval(this.pinging);
    this.socket?.close(1000);
  }
}
