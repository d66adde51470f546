/* text.js - every word of the room, in the languages of interviews. Those of the report are in labels.js. */

import { labels } from "./labels.js";

const en = {
  title: "Interview", technical: "Technical interview", behavioral: "Behavioral interview", general: "General interview",
  easy: "easy", medium: "medium", hard: "hard", minutes: "{n} minutes",
  to_answer: "Skip to your answer", key: "API key", enter: "Enter",
  door: "This room needs a key",
  door_help: "The link you opened holds no pass, or its pass has run out. Ask for a new link, or enter an API key. The key stays in this tab and is sent to this server only.",
  ready: "Ready when you are", how: "How would you like to answer?",
  speak: "Speak", speak_help: "The interviewer hears you and notices when you have finished. Headphones work best.",
  type: "Type", type_help: "You write your answers; no microphone is used.",
  mic_try: "Test the microphone", mic_which: "Microphone", mic_asks: "Your browser asks whether it may use the microphone …",
  mic_good: "Say a few words: the bar should move.", mic_none: "No microphone was found. You can type your answers.",
  mic_denied: "The browser does not allow the microphone. You can type your answers.",
  mic_insecure: "Browsers give the microphone to https or localhost pages only. You can type your answers.",
  want_face: "Show the interviewer's face", want_film: "Record the interview as a film", start: "Start the interview", go_on: "Go on with the interview",
  interviewer: "Interviewer", candidate: "You", face: "The interviewer's face", transcript: "Transcript", controls: "Controls",
  answer: "Your answer", answer_hint: "Type your answer. Enter sends it, Shift+Enter begins a new line.", send: "Send",
  mic_on: "Microphone on", mic_off: "Microphone off", done: "I have finished", repeat: "Repeat", skip: "Skip", pause: "Pause", resume: "Go on", end: "End",
  opening: "Opening the room …", connecting: "Connecting …", connected: "Connected", lost: "Connection lost. Trying again …",
  listening: "Listening to you", thinking: "Thinking", speaking: "Speaking", paused: "The interview is paused. The clock stands still.",
  preparing: "Preparing your report …", question: "Question {n} of {m}", left: "{t} left", minute_left: "One minute left",
  sure: "End the interview?", sure_help: "What you said so far is scored, and you see the report.", stay: "Stay",
  ended: "The interview is over", taken: "This interview was opened in another window. It goes on there.", again: "Take it back here",
  slow: "Your connection was too slow for a moment.", gone: "There is no such interview.", expired: "The time of this interview is over.", refused: "This pass does not open the room.",
  failed: "The interview cannot go on: {why}", retry: "Try again", no_report: "The report cannot be shown: {why}",
  film: "Film", print: "Print", facts: "{min} min · {n} answers",
};

const ko = {
  title: "면접", technical: "기술 면접", behavioral: "경험 면접", general: "일반 면접",
  easy: "쉬움", medium: "보통", hard: "어려움", minutes: "{n}분",
  to_answer: "답변 입력으로 건너뛰기", key: "API 키", enter: "들어가기",
  door: "입장하려면 키가 필요합니다",
  door_help: "열어 본 링크에 입장권이 없거나 기한이 지났습니다. 새 링크를 받거나 API 키를 입력해 주세요. 키는 이 탭에만 남고 이 서버로만 전송됩니다.",
  ready: "준비되시면 시작하겠습니다", how: "어떻게 답변하시겠어요?",
  speak: "말로 답변", speak_help: "면접관이 듣고 말씀이 끝나면 알아차립니다. 헤드폰을 쓰시면 가장 좋습니다.",
  type: "글로 답변", type_help: "답변을 입력합니다. 마이크는 쓰지 않습니다.",
  mic_try: "마이크 확인", mic_which: "마이크", mic_asks: "브라우저가 마이크 사용을 허용할지 묻고 있습니다 …",
  mic_good: "몇 마디 말씀해 보세요. 막대가 움직이면 됩니다.", mic_none: "마이크를 찾지 못했습니다. 글로 답변하실 수 있습니다.",
  mic_denied: "브라우저가 마이크를 허용하지 않습니다. 글로 답변하실 수 있습니다.",
  mic_insecure: "브라우저는 https 또는 localhost 페이지에서만 마이크를 허용합니다. 글로 답변하실 수 있습니다.",
  want_face: "면접관 얼굴 보기", want_film: "면접을 영상으로 녹화", start: "면접 시작", go_on: "면접 이어서 하기",
  interviewer: "면접관", candidate: "지원자", face: "면접관 얼굴", transcript: "대화 기록", controls: "조작",
  answer: "답변", answer_hint: "답변을 입력하세요. Enter로 보내고 Shift+Enter로 줄을 바꿉니다.", send: "보내기",
  mic_on: "마이크 켜짐", mic_off: "마이크 꺼짐", done: "답변 끝", repeat: "다시 듣기", skip: "넘어가기", pause: "일시 정지", resume: "계속하기", end: "끝내기",
  opening: "입장하는 중 …", connecting: "연결하는 중 …", connected: "연결됨", lost: "연결이 끊겼습니다. 다시 연결하는 중 …",
  listening: "듣고 있습니다", thinking: "생각하고 있습니다", speaking: "말하고 있습니다", paused: "면접이 멈춰 있습니다. 시간도 멈춰 있습니다.",
  preparing: "보고서를 준비하고 있습니다 …", question: "질문 {n} / {m}", left: "{t} 남음", minute_left: "1분 남았습니다",
  sure: "면접을 끝낼까요?", sure_help: "지금까지 하신 답변으로 점수를 매기고 보고서를 보여 드립니다.", stay: "계속하기",
  ended: "면접이 끝났습니다", taken: "이 면접을 다른 창에서 여셨습니다. 면접은 그쪽에서 이어집니다.", again: "이 창에서 이어서 하기",
  slow: "연결이 잠시 너무 느렸습니다.", gone: "그런 면접이 없습니다.", expired: "이 면접의 시간이 끝났습니다.", refused: "이 입장권으로는 들어갈 수 없습니다.",
  failed: "면접을 계속할 수 없습니다: {why}", retry: "다시 시도", no_report: "보고서를 보여 드릴 수 없습니다: {why}",
  film: "영상", print: "인쇄", facts: "{min}분 · 답변 {n}개",
};

const ja = {
  title: "面接", technical: "技術面接", behavioral: "行動面接", general: "一般面接",
  easy: "易しい", medium: "普通", hard: "難しい", minutes: "{n}分",
  to_answer: "回答の入力へ移動", key: "APIキー", enter: "入室",
  door: "入室にはキーが必要です",
  door_help: "開いたリンクに入室証がないか、期限が切れています。新しいリンクを受け取るか、APIキーを入力してください。キーはこのタブだけに残り、このサーバーにだけ送られます。",
  ready: "ご準備ができましたら始めましょう", how: "どのように回答しますか。",
  speak: "話す", speak_help: "面接官が聞き取り、話し終えたことに気づきます。ヘッドホンの使用をおすすめします。",
  type: "入力する", type_help: "回答を文字で入力します。マイクは使いません。",
  mic_try: "マイクを確認", mic_which: "マイク", mic_asks: "マイクの使用を許可するか、ブラウザーが尋ねています …",
  mic_good: "少し話してみてください。バーが動けば大丈夫です。", mic_none: "マイクが見つかりません。文字で回答できます。",
  mic_denied: "ブラウザーがマイクを許可していません。文字で回答できます。",
  mic_insecure: "ブラウザーはhttpsかlocalhostのページだけにマイクを許可します。文字で回答できます。",
  want_face: "面接官の顔を表示", want_film: "面接を動画に記録", start: "面接を始める", go_on: "面接を続ける",
  interviewer: "面接官", candidate: "応募者", face: "面接官の顔", transcript: "発言の記録", controls: "操作",
  answer: "回答", answer_hint: "回答を入力してください。Enterで送信、Shift+Enterで改行します。", send: "送信",
  mic_on: "マイク オン", mic_off: "マイク オフ", done: "回答終わり", repeat: "もう一度", skip: "次へ", pause: "一時停止", resume: "続ける", end: "終了",
  opening: "入室しています …", connecting: "接続しています …", connected: "接続済み", lost: "接続が切れました。再接続しています …",
  listening: "聞いています", thinking: "考えています", speaking: "話しています", paused: "面接は一時停止中です。時間も止まっています。",
  preparing: "レポートを準備しています …", question: "質問 {n} / {m}", left: "残り {t}", minute_left: "残り1分です",
  sure: "面接を終了しますか。", sure_help: "ここまでの回答を採点し、レポートを表示します。", stay: "続ける",
  ended: "面接は終了しました", taken: "この面接は別のウィンドウで開かれました。続きはそちらで行われます。", again: "このウィンドウで続ける",
  slow: "接続が一時的に遅くなりました。", gone: "その面接はありません。", expired: "この面接の時間は終了しました。", refused: "この入室証では入れません。",
  failed: "面接を続けられません: {why}", retry: "再試行", no_report: "レポートを表示できません: {why}",
  film: "動画", print: "印刷", facts: "{min}分 · 回答 {n}件",
};


const all = { en, ko, ja };
let lang = pick(navigator.languages || ["en"]);

function pick(wanted) {
  for (const name of wanted) {
    const code = String(name).slice(0, 2).toLowerCase();
    if (all[code]) return code;
  }
  return "en";
}

export function language() { return lang; }

/* The words of `key`, with what stands in braces replaced. */
export function t(key, values) {
  let text = all[lang][key] ?? key;
  for (const name in values) text = text.replace(`{${name}}`, values[name]);
  return text;
}

/* A label of the report. */
export function label(key) { return labels[lang][key] ?? key; }

/* Puts the words of a language everywhere in the page. */
export function speak(code) {
  if (all[code]) lang = code;
  document.documentElement.lang = lang;
  for (const e of document.querySelectorAll("[data-text]")) e.textContent = t(e.dataset.text);
  for (const e of document.querySelectorAll("[data-label]")) e.setAttribute("aria-label", t(e.dataset.label));
}
