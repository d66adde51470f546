/* room.js - the room: who may enter, how it begins, what is seen and done during an interview, how it ends. */

import { Ear } from "./ear.js";
import { Face } from "./face.js";
import { Link, Refusal, about, call, findPass, useKey } from "./link.js";
import { h, showReport } from "./report.js";
import { Player } from "./sound.js";
import { label, speak, t } from "./text.js";

const $ = (id) => document.getElementById(id);
const player = new Player(), face = new Face($("face"), player), ear = new Ear((pcm) => hear(pcm), showLevel);

let begun = false; /* the user pressed start */
let told = false; /* this connection has had start_session */
let over = false;
let fresh = true; /* nothing was said in this interview yet */
let turn = { state: "" };
let until = 0; /* when the time is up, performance.now(); 0: the clock stands */
let left = 0; /* seconds, where it stands */
let wallOffset = null; /* wall time of presentation time 0, of the newest picture */
let pending = null; /* a typed answer that has no reply yet */

const link = new Link({ message: receive, sound, frame, state: showLink, closed });

/* -- what is seen -- */

function state(name) {
  document.documentElement.dataset.state = name;
  for (const id of ["door", "lobby", "stage", "report"]) $(id).hidden = id !== name;
}

function alertText(text, button, press) {
  const box = $("alert");
  box.replaceChildren();
  if (!text) return;
  box.append(h("p", null, text));
  if (button) {
    const b = h("button", { type: "button", class: "primary" }, button);
    b.onclick = () => { alertText(""); press(); };
    box.append(b);
  }
}

function showLink(word) {
  $("link").textContent = word === "connected" ? "" : t(word);
  $("link").dataset.word = word;
}

function showTurn() {
  const words = { listening: "listening", thinking: "thinking", speaking: "speaking" };
  const paused = turn.state === "paused";

  document.documentElement.dataset.turn = turn.state;
  $("state").textContent = words[turn.state] ? t(words[turn.state]) : "";
  $("veil").hidden = !paused;
  $("progress").hidden = !(turn.questions > 0);
  $("progress").textContent = t("question", { n: turn.question, m: turn.questions });
  $("done").disabled = turn.state !== "listening" || !ear.open;
  for (const id of ["repeat", "next", "send"]) $(id).disabled = paused;
  $("pause").querySelector("span").textContent = t(paused ? "resume" : "pause");
}

function showClock() {
  const seconds = Math.max(0, Math.round(until ? (until - performance.now()) / 1000 : left));
  const text = t("left", { t: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` });

  if ($("clock").textContent !== text) $("clock").textContent = text;
  $("clock").classList.toggle("soon", seconds <= 60);
  if (until && seconds === 60 && turn.state === "listening") $("state").textContent = t("minute_left");
}

function line(who, text, note) {
  const lines = $("lines"), atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 80;
  const item = h("li", { class: who }, h("b", null, label(who)), note && h("small", null, note), h("p", null, text));

  lines.append(item);
  if (atEnd || who === "candidate") lines.scrollTop = lines.scrollHeight;
  return item;
}

function showLevel(level) {
  $("mic-level").value = Math.min(1, level * 5);
  $("mic").style.setProperty("--level", Math.min(1, level * 6).toFixed(2));
}

function showMic() {
  const on = ear.open && !ear.muted;
  $("mic").setAttribute("aria-pressed", String(on));
  $("mic").querySelector("span").textContent = t(on ? "mic_on" : "mic_off");
  $("done").disabled = turn.state !== "listening" || !on;
}

/* -- what comes -- */

function sound(samples, at) { player.play(samples, at); }

function frame(jpeg, at, wall) {
  wallOffset = wall - at;
  face.add(jpeg, at);
}

function bytes(base64) {
  const text = atob(base64), out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

/* The interviewer was cut short when it listens before what was sent is over. At the end of what it says only the wait in the player
 * is left. */
function wasCut(m) {
  if (!player.speaking) return false;
  if (wallOffset !== null) return player.endAt - (Date.parse(m.timestamp) - wallOffset) > 100;
  return player.end - player.now() > player.lead + 0.2;
}

/* A typed answer was taken: the interviewer replies. */
function settle() {
  pending?.item.classList.remove("pending");
  pending = null;
}

const on = {
  connected() {
    told = false;
    if (!begun) return showLobby();
    if (turn.state !== "paused") begin();
  },
  session_started(m) {
    if (m.message) $("caption").textContent = m.message;
  },
  llm_start() {
    $("hearing").textContent = "";
    settle();
  },
  llm_response(m) {
    $("caption").textContent = m.text;
    if (!m.done || !m.text) return;
    const last = $("lines").lastElementChild;
    if (last?.className === "interviewer" && last.lastChild.textContent === m.text) return; /* told again to somebody who came back */
    line("interviewer", m.text);
  },
  stt_interim(m) { $("hearing").textContent = m.transcript; },
  stt_final(m) {
    $("hearing").textContent = "";
    if (pending?.text === m.transcript.trim()) settle();
    else line("candidate", m.transcript);
  },
  tts_audio(m) {
    const raw = bytes(m.audio_data);
    sound(new Int16Array(raw.buffer), m.at_ms ?? player.endAt);
  },
  avatar_frame(m) { frame(bytes(m.frame_data), m.at_ms ?? 0, Date.parse(m.timestamp)); },
  turn(m) {
    if (m.state === "listening" && wasCut(m)) player.cut();
    if ((m.state === "paused") !== (turn.state === "paused")) player.hold(m.state === "paused");
    turn = m;
    left = m.remaining_seconds;
    until = m.state === "paused" ? 0 : performance.now() + left * 1000;
    showTurn();
    showClock();
  },
  error(m) { alertText([m.message, m.details].filter(Boolean).join(" – ")); },
  session_ended(m) { finish(m); },
};

function receive(m) {
  if (Object.hasOwn(on, m.type)) on[m.type](m);
}

function closed(code, reason) {
  if (over) return;
  player.cut();
  player.forget();
  face.clear();
  wallOffset = null;
  if (code === 4001) alertText(t("taken"), t("again"), () => link.open().catch(refused));
  else if (code === 1013) alertText(t("slow"));
  else if (code === 1000) enter();
  else if (reason instanceof Error) refused(reason);
}

/* -- what the user does -- */

function hear(pcm) {
  if (begun && !over && turn.state !== "paused") link.speech(pcm);
}

function begin() {
  told = link.send("start_session", { audio: true, avatar: $("want-face").checked, record: $("want-film").checked,
    avatar_fps: navigator.connection?.saveData ? 12 : 25, binary: true });
}

async function start() {
  $("start").disabled = true;
  await player.open();
  if (spoken() && !ear.open) await openMic();
  begun = true;
  document.documentElement.dataset.face = $("want-face").checked ? "shown" : "hidden";
  state("stage");
  $("clock").hidden = false;
  if (!spoken()) ear.stop();
  showMic();
  showTurn();
  (spoken() ? $("mic") : $("answer")).focus();
  if (!fresh) await before();
  begin();
  setInterval(showClock, 500);
}

/* What was said before the page was opened. */
async function before() {
  try {
    const { transcript } = await call("GET", about("/transcript"));
    for (const x of transcript || []) line(x.speaker, x.text);
  } catch { /* the interview goes on without it */ }
}

const spoken = () => document.querySelector("[name=how]:checked").value === "speak";

async function openMic() {
  $("mic-note").textContent = t("mic_asks");
  const trouble = await ear.start($("mic-which").value || undefined);
  $("mic-note").textContent = t(trouble || "mic_good");
  if (trouble) {
    document.querySelector("[value=type]").checked = true;
    if (begun) alertText(t(trouble));
    return false;
  }
  const all = await ear.devices(), now = $("mic-which").value;
  $("mic-which").replaceChildren(...all.map((d) => h("option", { value: d.deviceId, selected: d.deviceId === now }, d.label || t("mic_which"))));
  $("mic-which").hidden = all.length < 2;
  return true;
}

async function toggleMic() {
  if (!ear.open) await openMic();
  else ear.mute(!ear.muted);
  showMic();
}

function send() {
  const text = $("answer").value.trim();
  if (!text) return $("answer").focus();
  if (!link.send("user_text", { text })) return; /* not connected: the words stay where they are */
  player.cut();
  pending = { text, item: line("candidate", text) };
  pending.item.classList.add("pending");
  $("answer").value = "";
  alertText("");
}

function interrupt() {
  if (turn.state !== "speaking") return;
  player.cut();
  link.send("interrupt", { at_ms: Math.max(0, Math.round(player.shown() || 0)) });
}

async function pause() {
  if (turn.state !== "paused") return link.send("pause");
  await player.hold(false);
  if (told) link.send("resume");
  else begin();
}

function end() {
  const ask = $("sure");
  ask.returnValue = "";
  ask.onclose = () => {
    if (ask.returnValue !== "yes") return;
    $("state").textContent = t("preparing");
    player.cut();
    if (!told) begin(); /* paused, and the connection is a new one */
    link.send("end_session");
  };
  ask.showModal();
}

/* -- the way in and the way out -- */

function showLobby() {
  if (document.documentElement.dataset.state !== "lobby") {
    state("lobby");
    $("start").focus();
  }
  $("start").disabled = false;
}

function refused(error) {
  const word = { 401: "refused", 403: "refused", 404: "gone" }[error.status];
  if (error.status === 401 || error.status === 403) {
    state("door");
    $("key").focus();
  }
  if (error.status === 409) return enter();
  if (error.status === 429) return setTimeout(() => enter(), 1000 * (error.retry || 5));
  alertText(word ? t(word) : t("failed", { why: error.message }), word ? null : t("retry"), () => enter());
}

async function enter() {
  let session;
  $("link").textContent = t("opening");
  try {
    session = await call("GET", about());
  } catch (error) {
    $("link").textContent = "";
    return refused(error instanceof Refusal ? error : Object.assign(error, { status: 0 }));
  }
  speak(session.language);
  document.title = t(session.interview_type);
  $("title").textContent = t(session.interview_type);
  $("facts").textContent = `${t(session.difficulty)} · ${t("minutes", { n: session.duration_minutes ?? Math.round((Date.parse(session.expires_at) - Date.parse(session.created_at)) / 60000) })}`;
  $("lobby-facts").textContent = $("facts").textContent;
  fresh = session.status === "created";
  $("start").textContent = t(fresh ? "start" : "go_on");
  $("answer").placeholder = t("answer_hint");
  $("link").textContent = "";
  if (session.status === "expired") alertText(t("expired"));
  if (["completed", "terminated", "expired"].includes(session.status)) return finish(null);
  link.open().catch(refused);
}

async function finish(ended) {
  if (over) return;
  over = true;
  link.close();
  ear.stop();
  until = 0;
  $("clock").hidden = $("progress").hidden = true;
  showLink("preparing");
  let report = null;
  try {
    report = await call("GET", about("/feedback"));
  } catch (error) {
    if (!ended) alertText(t("no_report", { why: error.message }));
  }
  $("link").textContent = t("ended");
  showReport($("report"), report, ended);
  state("report");
  $("report-title").focus();
  window.scrollTo(0, 0);
  setTimeout(() => player.close(), 200);
}

function wire() {
  const press = { start, mic: toggleMic, done: () => link.send("end_of_speech"), repeat: () => link.send("repeat_question"), next: () => link.send("skip_question"),
    pause, "go-on": pause, end, "mic-try": openMic };
  for (const id in press) $(id).onclick = press[id];
  $("mic-which").onchange = openMic;
  $("answer-form").onsubmit = (e) => { e.preventDefault(); send(); };
  $("answer").onkeydown = (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing && e.keyCode !== 229) { e.preventDefault(); send(); } /* 229: an input method is at work */
  };
  document.addEventListener("keydown", (e) => { if (e.key === "Escape" && !$("sure").open) interrupt(); });
  $("key-form").onsubmit = (e) => { e.preventDefault(); useKey($("key").value.trim()); alertText(""); enter(); };
  for (const radio of document.getElementsByName("how")) radio.onchange = () => { $("mic-test").hidden = !spoken(); };
  window.addEventListener("online", () => { if (begun && !over && !link.ready) link.later(0); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) face.clear(); });
  window.addEventListener("hashchange", () => { if (!begun && findPass()) enter(); });
}

speak();
wire();
if (findPass()) enter();
else { state("door"); $("key").focus(); }
