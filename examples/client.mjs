#!/usr/bin/env node
// A spoken interview with one answer: API_KEY=... client.mjs http://localhost:8000 answer.wav OUT
// Needs Node 18 and ws; answer.wav is 16-bit mono of 8 to 48 kHz. OUT receives the sound, the last face, transcript and film.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const WebSocket = createRequire(import.meta.url)('ws'); // found in node_modules and where Debian keeps it

// The samples and their rate: a WAV file is a list of chunks.
function readWav(path) {
  const file = readFileSync(path);
  let rate = 0;
  for (let at = 12; at + 8 <= file.length;) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    if (name === 'fmt ') {
      if (file.readUInt16LE(at + 10) !== 1 || file.readUInt16LE(at + 22) !== 16) throw new Error(`${path}: not 16-bit mono`);
      rate = file.readUInt32LE(at + 12);
    } else if (name === 'data' && rate) {
      return { rate, samples: file.subarray(at + 8, at + 8 + size) };
    }
    at += 8 + size + (size % 2);
  }
  throw new Error(`${path}: not a WAV file`);
}

async function answer(socket, { rate, samples }) {
  const all = Buffer.concat([samples, Buffer.alloc(3 * 2 * rate)]); // as a microphone goes on: silence ends the answer
  const size = Math.floor(rate / 50) * 2; // 20 ms
  for (let at = 0; at < all.length && socket.readyState === WebSocket.OPEN; at += size) {
    const audio = all.subarray(at, at + size).toString('base64');
    socket.send(JSON.stringify({ type: 'audio_data', audio, sample_rate: rate, format: 'pcm16' }));
    await sleep(20);
  }
}

function interview(url, speech, out) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const say = (message) => socket.send(JSON.stringify(message));
    const heard = [], voice = [];
    let reply = '', frames = 0, speaks = false, answered = false;

    socket.on('message', (data) => {
      const m = JSON.parse(data);
      if (m.type === 'connected') say({ type: 'start_session', record: true });
      else if (m.type === 'turn' && m.state === 'speaking') answered = heard.length > 0;
      else if (m.type === 'turn' && m.state === 'listening' && !m.hushed) {
        if (answered) say({ type: 'end_session' });
        else if (!speaks) answer(socket, speech).catch(reject);
        speaks = true;
      } else if (m.type === 'stt_final') heard.push(m.transcript);
      else if (m.type === 'llm_response' && m.done && heard.length) reply = m.text;
      else if (m.type === 'tts_audio') voice.push(Buffer.from(m.audio_data, 'base64'));
      else if (m.type === 'avatar_frame') {
        frames++;
        writeFileSync(`${out}/face.jpg`, Buffer.from(m.frame_data, 'base64'));
      } else if (m.type === 'error') console.error(`${m.code}: ${m.message}`);
      else if (m.type === 'session_ended') {
        const sound = Buffer.concat(voice);
        writeFileSync(`${out}/voice.pcm`, sound);
        resolve({ transcript: heard.join(' '), reply, audio_bytes: sound.length, frames,
          status: m.status, summary: m.summary, feedback: m.feedback });
        socket.close();
      }
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection ended before the interview'))); // no effect after resolve
  });
}

async function good(reply) {
  if (!reply.ok) throw new Error(`${reply.status}: ${await reply.text()}`);
  return reply;
}

const [url, wav, out] = process.argv.slice(2);
const key = process.env.API_KEY;
mkdirSync(out, { recursive: true });
const made = await (await good(await fetch(`${url}/api/sessions`, {
  method: 'POST',
  headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
  body: JSON.stringify({ user_id: 'me', interview_type: 'behavioral', language: 'en' }),
}))).json();
const told = await interview(`${made.websocket_url}?api_key=${key}`, readWav(wav), out);
for (const [name, address] of [['transcript.txt', told.summary.transcript_url], ['interview.mp4', told.summary.video_url]]) {
  if (address) writeFileSync(`${out}/${name}`, Buffer.from(await (await good(await fetch(address))).arrayBuffer())); // signed: no key
}
console.log(JSON.stringify(told));
