/* face.js - pictures of the interviewer, each shown when its time comes on the clock of the sound. */

const MAX_WAITING = 100; /* four seconds: more than a server sends ahead */

export class Face {
  constructor(canvas, player) {
    this.canvas = canvas;
    this.draw = canvas.getContext("2d", { alpha: false });
    this.player = player;
    this.waiting = []; /* {at, picture}, by time */
    this.shown = 0;
    this.late = 0;
    this.tick = this.tick.bind(this);
    this.running = false;
  }

  async add(jpeg, atMs) {
    if (document.hidden) return; /* nobody looks: decoding would be for nothing */
    if (this.player.offset === null) this.player.place(atMs);
    let picture;
    try {
      picture = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
    } catch {
      return; /* a damaged picture: the next one is 40 ms away */
    }
    let at = this.waiting.length;
    while (at > 0 && this.waiting[at - 1].at > atMs) at--;
    this.waiting.splice(at, 0, { at: atMs, picture });
    while (this.waiting.length > MAX_WAITING) this.waiting.shift().picture.close();
    if (!this.running) {
      this.running = true;
      requestAnimationFrame(this.tick);
    }
  }

  tick() {
    const now = this.player.shown();
    let due = null;
    while (this.waiting.length && !(this.waiting[0].at > now)) {
      if (due) { due.picture.close(); this.late++; }
      due = this.waiting.shift();
    }
    if (due) {
      const { picture } = due;
      if (this.canvas.width !== picture.width) { this.canvas.width = picture.width; this.canvas.height = picture.height; }
      this.draw.drawImage(picture, 0, 0);
      picture.close();
      this.shown++;
      this.canvas.dataset.shown = this.shown;
    }
    this.running = this.waiting.length > 0;
    if (this.running) requestAnimationFrame(this.tick);
  }

  clear() {
    for (const w of this.waiting) w.picture.close();
    this.waiting = [];
  }
}
