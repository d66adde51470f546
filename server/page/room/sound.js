/* sound.js - the interviewer's voice, and the clock that pictures are shown by.
 *
 * The server says of every piece when it is to be heard (at_ms, the presentation clock). The first piece after silence is put a little
 * into the future; everything later keeps that distance, so that what the network does is not heard. The distance grows when a piece
 * comes too late and shrinks again while nobody speaks. A context of the voice's own rate joins pieces without a seam. */

const RATE_HZ = 24000;
const LEAD_S = 0.09; /* what a piece waits at first */
const MAX_LEAD_S = 0.6;
const JOIN_S = 0.004; /* pieces nearer than this belong together: at_ms is whole milliseconds */

export class Player {
  constructor() {
    this.context = null;
    this.offset = null; /* seconds: context time of presentation time 0 */
    this.end = 0; /* context time at which what was queued is over */
    this.endAt = 0; /* the same as presentation time, ms */
    this.nodes = new Set();
    this.lead = LEAD_S;
  }

  /* Within a gesture of the user, as browsers demand. */
  async open() {
    if (!this.context) {
      this.context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" });
      this.volume = this.context.createGain();
      this.volume.connect(this.context.destination);
    }
    if (this.context.state !== "running") await Promise.race([this.context.resume(), new Promise((go) => setTimeout(go, 1500))]);
  }

  now() {
    return this.context && this.context.state === "running" ? this.context.currentTime : performance.now() / 1000;
  }

  /* Presentation time that is seen and heard now, ms; NaN before anything came. */
  shown() {
    if (this.offset === null) return NaN;
    const late = this.context && this.context.state === "running" ? (this.context.outputLatency || this.context.baseLatency || 0) : 0;
    return (this.now() - late - this.offset) * 1000;
  }

  get speaking() { return this.nodes.size > 0; }

  /* Something of presentation time at_ms is here. Returns when it is due, context time. */
  place(atMs) {
    const now = this.now(), want = now + this.lead;
    let due = this.offset === null ? NaN : this.offset + atMs / 1000;
    if (!(due < now + MAX_LEAD_S + 0.5) || due < now - 2) { /* the first, or the clock was stopped in between */
      this.offset = want - atMs / 1000;
      due = want;
    }
    return due;
  }

  /* samples: Int16Array. */
  play(samples, atMs) {
    if (!this.context || !samples.length) return;
    let due = this.place(atMs);
    const now = this.now();
    if (Math.abs(due - this.end) < JOIN_S) due = this.end;
    else if (!this.speaking) { /* silence: the distance may be put right unheard */
      const want = now + this.lead;
      if (due < now + 0.02 || due > now + MAX_LEAD_S) { this.offset += want - due; due = want; }
    }
    if (due < now + 0.005) { /* too late: everything from here on waits longer */
      this.lead = Math.min(this.lead + 0.05, 0.4);
      this.offset += now + this.lead - due;
      due = now + this.lead;
    }
    const buffer = this.context.createBuffer(1, samples.length, RATE_HZ), to = buffer.getChannelData(0);
    for (let i = 0; i < samples.length; i++) to[i] = samples[i] / 32768;
    const node = this.context.createBufferSource();
    node.buffer = buffer;
    node.connect(this.volume);
    node.onended = () => this.nodes.delete(node);
    node.start(due);
    this.nodes.add(node);
    this.end = due + samples.length / RATE_HZ;
    this.endAt = atMs + samples.length * 1000 / RATE_HZ;
  }

  /* Nothing that waits will be heard; what sounds fades within 30 ms. */
  cut() {
    if (!this.context || !this.nodes.size) return;
    const now = this.context.currentTime, gain = this.volume;
    gain.gain.setTargetAtTime(0, now, 0.008);
    for (const node of this.nodes) node.stop(now + 0.03);
    this.nodes.clear();
    this.volume = this.context.createGain();
    this.volume.connect(this.context.destination);
    setTimeout(() => gain.disconnect(), 100);
    this.end = now;
  }

  /* The presentation clock stands or jumped: the next piece sets it anew. */
  forget() { this.offset = null; }

  async hold(on) {
    if (!this.context) return;
    if (on) await this.context.suspend();
    else await this.context.resume();
  }

  close() { this.cut(); }
}
