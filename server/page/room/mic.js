/* mic.js - on the audio thread: whatever rate the microphone has becomes 16 kHz pcm16, in pieces of 40 ms.
 *
 * A windowed sinc, cut off below half of the lower rate, evaluated at the place of each output sample: 24 zero crossings each way,
 * from a table with 256 steps between crossings. */

const OUT_HZ = 16000, PIECE = 640, ZEROS = 24, STEPS = 256;

function kernel(cutoff) {
  const table = new Float32Array(ZEROS * STEPS + 2);
  for (let i = 0; i <= ZEROS * STEPS; i++) {
    const x = i / STEPS, w = 0.5 + 0.5 * Math.cos(Math.PI * x / ZEROS);
    table[i] = (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * w * cutoff;
  }
  return table;
}

class Mic extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / OUT_HZ;
    this.scale = Math.min(1, OUT_HZ / sampleRate) * 0.92; /* of the input's half rate */
    this.table = kernel(this.scale);
    this.half = Math.ceil(ZEROS / this.scale);
    this.past = new Float32Array(this.half * 2 + 4096);
    this.have = this.half; /* silence before the first sample */
    this.at = this.half;
    this.piece = new Int16Array(PIECE);
    this.n = 0;
    this.power = 0;
  }

  sample(at) {
    const from = Math.ceil(at - this.half), to = Math.floor(at + this.half);
    let sum = 0;
    for (let i = from; i <= to; i++) {
      const x = Math.abs(i - at) * this.scale * STEPS, k = x | 0;
      if (k >= ZEROS * STEPS) continue;
      sum += this.past[i] * (this.table[k] + (this.table[k + 1] - this.table[k]) * (x - k));
    }
    return sum;
  }

  put(x) {
    const y = Math.max(-1, Math.min(1, x));
    this.power += y * y;
    this.piece[this.n++] = Math.round(y * 32767);
    if (this.n < PIECE) return;
    const pcm = this.piece.buffer, level = Math.sqrt(this.power / PIECE);
    this.port.postMessage({ pcm, level }, [pcm]);
    this.piece = new Int16Array(PIECE);
    this.n = 0;
    this.power = 0;
  }

  process([input]) {
    const sound = input[0];
    if (!sound) return true;
    if (this.have + sound.length > this.past.length) { /* keep what later samples still look back at */
      const drop = Math.floor(this.at) - this.half;
      this.past.copyWithin(0, drop, this.have);
      this.have -= drop;
      this.at -= drop;
    }
    this.past.set(sound, this.have);
    this.have += sound.length;
    for (; this.at + this.half < this.have; this.at += this.step) this.put(this.sample(this.at));
    return true;
  }
}

registerProcessor("mic", Mic);
