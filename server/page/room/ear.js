/* ear.js - the microphone: the browser's echo cancellation, then mic.js on the audio thread makes 16 kHz pcm16 of it. */

export class Ear {
  constructor(onSound, onLevel) {
    this.onSound = onSound;
    this.onLevel = onLevel;
    this.stream = null;
    this.muted = false;
  }

  get open() { return this.stream !== null; }

  /* "" or the name of what is in the way: mic_insecure, mic_none, mic_denied. */
  async start(device) {
    if (!navigator.mediaDevices || !window.isSecureContext || !window.AudioWorkletNode) return "mic_insecure";
    this.stop();
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: {
        deviceId: device ? { exact: device } : undefined, channelCount: 1,
        echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
      this.context = new AudioContext({ latencyHint: "interactive" });
      await this.context.audioWorklet.addModule(new URL("mic.js", import.meta.url));
      await this.context.resume();
    } catch (error) {
      this.stop();
      return error.name === "NotFoundError" || error.name === "OverconstrainedError" ? "mic_none" : "mic_denied";
    }
    const node = new AudioWorkletNode(this.context, "mic", { numberOfInputs: 1, numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    node.port.onmessage = ({ data }) => {
      this.onLevel(this.muted ? 0 : data.level);
      if (!this.muted) this.onSound(data.pcm);
    };
    this.context.createMediaStreamSource(this.stream).connect(node);
    this.stream.getAudioTracks()[0].onended = () => { this.stop(); this.onLevel(0); };
    return "";
  }

  mute(on) {
    this.muted = on;
    for (const track of this.stream ? this.stream.getAudioTracks() : []) track.enabled = !on;
  }

  async devices() {
    const all = await navigator.mediaDevices.enumerateDevices();
    return all.filter((d) => d.kind === "audioinput" && d.deviceId);
  }

  stop() {
    for (const track of this.stream ? this.stream.getTracks() : []) track.stop();
    if (this.context) this.context.close();
    this.stream = this.context = null;
  }
}
