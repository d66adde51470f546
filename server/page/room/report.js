/* report.js - the report: scores with their anchors and quotes, and plots as SVG. Everything said is put in as text, never as markup. */

import { label, t } from "./text.js";

function make(space, tag, attributes, children) {
  const e = space ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined && value !== false) e.setAttribute(name, value === true ? "" : value);
  e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}
export const h = (tag, attributes, ...children) => make(false, tag, attributes, children);
const s = (tag, attributes, ...children) => make(true, tag, attributes, children);

const plot = (width, height, name, ...children) =>
  s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": name }, ...children);
const figure = (n) => (typeof n === "number" ? String(Math.round(n * 10) / 10) : "–");
const time = (ms) => `${String(Math.floor(ms / 60000)).padStart(2, "0")}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

function ring(score) {
  const around = 2 * Math.PI * 62;
  return plot(160, 160, `${label("overall")}: ${figure(score)} / 10`,
    s("circle", { class: "ring", cx: 80, cy: 80, r: 62 }),
    score > 0 && s("circle", { class: "arc", cx: 80, cy: 80, r: 62, transform: "rotate(-90 80 80)", "stroke-dasharray": `${around * Math.min(score, 10) / 10} ${around}` }),
    s("text", { class: "big", x: 80, y: 90, "text-anchor": "middle" }, figure(score)),
    s("text", { class: "s", x: 80, y: 112, "text-anchor": "middle" }, label("overall")));
}

const track = (score, width = 240) => plot(width, 12, `${figure(score)} / 10`,
  s("rect", { class: score === null ? "none" : "track", x: 0.5, y: 0.5, width: width - 1, height: 11, rx: 5.5 }),
  score > 0 && s("rect", { class: "bar", x: 0, y: 0, width: width * Math.min(score, 10) / 10, height: 12, rx: 6 }),
  score !== null && [1, 2, 3, 4].map((n) => s("line", { class: "tick", x1: width * n / 5, x2: width * n / 5, y1: 0, y2: 12 })));

function hero(feedback, dimensions) {
  const rows = ["communication", "technical_knowledge", "problem_solving"].map((name) => {
    const d = (dimensions || []).find((x) => x.dimension === name), score = feedback[name] ?? null;
    return h("tr", null, h("th", { scope: "row" }, label(name), d?.reason && h("small", null, d.reason)),
      h("td", { class: "plot" }, track(score, 160)), h("td", { class: "r" }, figure(score)));
  });
  return h("section", { class: "card hero", "aria-label": label("overall") }, ring(feedback.overall_score),
    h("table", null, h("tbody", null, rows)));
}

function quotes(evidence) {
  const said = new Map();
  for (const e of evidence || []) {
    if (!said.has(e.quote)) said.set(e.quote, { ...e, says: [] });
    if (e.say) said.get(e.quote).says.push(e.say);
  }
  return [...said.values()].map((e) => h("blockquote", { class: e.kind === "misconception" ? "wrong" : null }, e.quote,
    h("cite", null, [`${label("turn")} ${e.turn}`, time(e.start_ms), ...e.says, e.after_probe && label("after_probe")].filter(Boolean).join(" · "))));
}

function score(x) {
  const list = quotes(x.evidence);
  return h("article", { class: "card" },
    h("div", { class: "head" }, h("h3", null, x.name), h("span", { class: "num" }, figure(x.score))),
    x.reason ? h("p", { class: "soft" }, x.reason) : [
      h("div", { class: "row" }, h("span", { class: "tag" }, `${label("level")} ${x.level}`), track(x.score)),
      h("p", null, x.anchor),
      list.length > 0 && h("details", { open: x.competency !== "clarity" }, h("summary", null, `${label("evidence")} (${list.length})`), list),
      x.arithmetic?.text && h("p", { class: "math" }, x.arithmetic.text)],
    x.comment && h("p", null, x.comment));
}

function coverage(q) {
  const weight = (p) => p.weight || 1, all = [...(q.covered || []), ...(q.missing || [])];
  const sum = all.reduce((n, p) => n + weight(p), 0);
  let x = 0;
  if (!sum) return null;
  return plot(400, 10, `${label("coverage")}: ${(q.covered || []).length} / ${all.length}`, all.map((p, i) => {
    const width = 400 * weight(p) / sum, from = x;
    x += width;
    return s("rect", { class: i < (q.covered || []).length ? "good" : "track", x: from, y: 0, width: Math.max(width - 4, 2), height: 10, rx: 3 }, s("title", null, p.say || ""));
  }));
}

function points(q, list, name) {
  const all = q[list] || [];
  return all.length > 0 && [h("h4", null, label(list)), h("ul", { class: `points ${name}` }, all.map((p) =>
    h("li", null, p.say, p.named_only && h("small", null, ` (${label("named_only")})`))))];
}

const question = (q) => h("article", { class: "card" },
  h("div", { class: "head" }, h("h3", null, q.ask), h("span", { class: "num" }, figure(q.score))),
  coverage(q), q.reason && h("p", { class: "soft" }, q.reason),
  points(q, "covered", "yes"), points(q, "missing", "no"), points(q, "misconceptions", "wrong"));

function timeline(turns) {
  const end = Math.max(0, ...turns.map((x) => x.end_ms || 0)), left = 90, width = 680;
  if (!end) return null;
  const minutes = Math.floor(end / 60000), step = minutes < 8 ? 1 : minutes < 25 ? 5 : 10, marks = [];
  for (let m = 0; m <= minutes; m += step) {
    const x = left + width * m * 60000 / end;
    marks.push(s("line", { class: "axis", x1: x, x2: x, y1: 0, y2: 58 }), s("text", { class: "s", x, y: 74, "text-anchor": "middle" }, `${m}:00`));
  }
  return plot(780, 80, label("timeline"), marks, turns.filter((x) => x.end_ms > x.start_ms).map((x) => {
    const you = x.speaker === "candidate";
    return s("rect", { class: you ? "bar" : "them", x: left + width * x.start_ms / end, y: you ? 34 : 6, width: Math.max(width * (x.end_ms - x.start_ms) / end, 1.5), height: 18, rx: 3 },
      s("title", null, `${time(x.start_ms)} ${label(you ? "candidate" : "interviewer")}`));
  }), s("text", { x: 0, y: 20 }, label("interviewer")), s("text", { x: 0, y: 48 }, label("candidate")));
}

function measured(name, n) {
  if (typeof n !== "number") return "–";
  if (name.endsWith("_ms")) return `${(n / 1000).toFixed(1)} ${label("seconds")}`;
  if (name === "talk_share") return `${Math.round(n * 100)}%`;
  return name === "answer_units" ? n.toFixed(0) : n.toFixed(2);
}

/* The user's own mean and deviation as a band, this session as a dot. */
function baseline(name, b) {
  if (!b || typeof b.mean !== "number" || typeof b.now !== "number") return null;
  const z = b.sd > 0 ? Math.max(-3, Math.min(3, (b.now - b.mean) / b.sd)) : 0;
  return plot(160, 16, `${label("baseline")}: ${measured(name, b.mean)} ± ${measured(name, b.sd)}`,
    s("rect", { class: "track", x: 0, y: 6, width: 160, height: 4, rx: 2 }),
    s("rect", { class: "them", x: 56, y: 5, width: 48, height: 6, rx: 3 }), s("circle", { class: "bar", cx: 80 + z * 24, cy: 8, r: 6 }));
}

function delivery(d, turns) {
  const before = d?.baseline?.measures || [];
  const rows = Object.entries(d?.measures || {}).filter(([, n]) => typeof n === "number");
  return [h("h2", null, label("delivery")), h("section", { class: "card", "aria-label": label("delivery") }, h("div", { class: "wide" }, timeline(turns)),
    rows.length > 0 && h("table", null,
      h("thead", null, h("tr", null, h("th", { scope: "col" }, label("measure")), h("th", { scope: "col", class: "r" }, label("now")), before.length > 0 && h("th", { scope: "col" }, label("baseline")))),
      h("tbody", null, rows.map(([name, n]) => h("tr", null, h("th", { scope: "row" }, label(name)), h("td", { class: "r" }, measured(name, n)),
        before.length > 0 && h("td", { class: "plot" }, baseline(name, before.find((b) => b.name === name))))))),
    !d?.baseline && h("p", { class: "soft small" }, label("no_baseline")))];
}

const transcript = (turns) => [h("h2", null, label("transcript")), h("details", { class: "card" }, h("summary", null, label("transcript")),
  h("ol", { class: "turns" }, turns.map((x) => h("li", null, h("time", null, time(x.start_ms || 0)),
    h("b", { class: x.speaker === "candidate" ? "you" : null }, label(x.speaker)), ` ${x.text}`))))];

/* report: that of GET .../feedback; NULL where there is only `ended`, what session_ended or DELETE said. */
export function showReport(to, report, ended) {
  const feedback = report?.feedback || ended?.feedback || {}, turns = report?.transcript || [], summary = ended?.summary;
  const film = summary?.video_url && h("a", { class: "button", href: summary.video_url, rel: "noopener" }, t("film"));
  const print = h("button", { type: "button" }, t("print"));

  print.onclick = () => window.print();
  to.replaceChildren(...[
    h("div", { class: "head" }, h("h2", { id: "report-title", tabindex: "-1" }, label("title")), h("span", { class: "row screen" }, film, print)),
    summary && h("p", { class: "soft" }, t("facts", { min: Math.round((summary.duration_seconds || 0) / 60), n: summary.user_responses ?? 0 })),
    hero(feedback, report?.dimensions),
    feedback.comments && [h("h2", null, label("comments")), h("p", { class: "card" }, feedback.comments)],
    report?.scores?.length > 0 && [h("h2", null, label("scores")), report.scores.map(score)],
    report?.questions?.length > 0 && [h("h2", null, label("questions")), report.questions.map(question)],
    report && delivery(report.delivery, turns),
    turns.length > 0 && transcript(turns),
    h("footer", { class: "soft small" }, h("p", null, label("footer")))].flat(2).filter(Boolean));
  to.setAttribute("aria-labelledby", "report-title");
  to.hidden = false;
}
