// The page for pupils. Everything that comes from the server is put in as text, never as
// HTML. The access code stays in this tab and is sent to this server only.
"use strict";

const words = JSON.parse(document.getElementById("words").textContent);
const part = (id) => document.getElementById(id);
const CODE = "allmende-code";
let running = null;

function codeFromAddress() {
  const code = location.hash.slice(1);
  if (code.startsWith("alm_")) {
    sessionStorage.setItem(CODE, code);
    history.replaceState(null, "", location.pathname);
  }
}

function headers() {
  const code = sessionStorage.getItem(CODE);
  return code ? { Authorization: `Bearer ${code}` } : {};
}

function show(id, on) {
  part(id).hidden = !on;
}

function problem(text) {
  part("problem").textContent = text || "";
  show("problem", Boolean(text));
}

function state(text) {
  part("state").textContent = text || "";
}

function askForCode(wrong) {
  sessionStorage.removeItem(CODE);
  show("asking", false);
  show("entry", true);
  problem(wrong ? words.wrong_code : "");
  part("code").focus();
}

async function reason(answer) {
  try {
    const data = await answer.json();
    return data.error.message || words.lost;
  } catch {
    return words.lost;
  }
}

async function begin() {
  const had = sessionStorage.getItem(CODE) !== null;
  let answer;
  try {
    answer = await fetch("page/bases", { headers: headers() });
  } catch {
    problem(words.lost);
    return;
  }
  if (answer.status === 401) {
    askForCode(had);
    return;
  }
  if (!answer.ok) {
    problem(await reason(answer));
    return;
  }
  const { bases } = await answer.json();
  show("entry", false);
  if (!bases.length) {
    problem(words.no_bases);
    return;
  }
  problem("");
  part("base").replaceChildren(...bases.map((name) => new Option(name, name)));
  show("asking", true);
  part("question").focus();
}

function busy(on) {
  part("ask").disabled = on;
  show("stop", on);
}

async function ask() {
  const question = part("question").value.trim();
  if (!question || running) return;
  running = new AbortController();
  busy(true);
  problem("");
  state(words.searching);
  for (const id of ["result", "evidence"]) show(id, false);
  const turn = { draft: "", done: false };
  try {
    await follow(question, running.signal, turn);
    if (!turn.done) throw new Error("cut");
    state(words.ready);
  } catch (error) {
    state("");
    if (error.name === "AbortError") state(words.stopped);
    else if (!turn.failed) problem(words.lost);
  } finally {
    running = null;
    busy(false);
  }
}

async function follow(question, signal, turn) {
  const answer = await fetch("page/ask", {
    method: "POST",
    signal,
    headers: { "Content-Type": "application/json", ...headers() },
    body: JSON.stringify({ base: part("base").value, question }),
  });
  if (answer.status === 401) askForCode(true);
  if (!answer.ok) {
    turn.failed = true;
    if (answer.status !== 401) problem(await reason(answer));
    throw new Error("refused");
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) tell(JSON.parse(line), turn);
  }
}

function tell(event, turn) {
  if (event.event === "queue") {
    state(words.waiting.replace("{place}", event.place));
  } else if (event.event === "evidence") {
    showSources(event.sources);
  } else if (event.event === "working") {
    state(event.stage === "loading" ? words.loading : words.reading);
  } else if (event.event === "draft") {
    turn.draft += event.text;
    showDraft(turn.draft);
  } else if (event.event === "answer") {
    turn.done = true;
    showAnswer(event);
  } else if (event.event === "error") {
    turn.failed = true;
    problem(event.text);
  }
}

function showDraft(text) {
  state(words.writing);
  part("answer").className = "draft";
  // A screen reader hears the answer when it is checked, not each word of a draft.
  part("answer").setAttribute("aria-busy", "true");
  part("answer").textContent = text;
  part("note").textContent = words.draft;
  show("ai", true);
  show("result", true);
}

function showAnswer(event) {
  const numbers = new Set(event.sources.map((source) => source.number));
  const pieces = event.parts.flatMap((piece) => sentence(piece, numbers));
  part("answer").className = "";
  part("answer").removeAttribute("aria-busy");
  part("answer").replaceChildren(...pieces);
  part("note").textContent = note(event);
  show("ai", event.by_ai);
  show("result", true);
  showSources(event.sources);
}

function note(event) {
  if (event.by_ai) return words.ai_note;
  if (event.abstained) return "";
  return event.computed ? words.computed_note : words.quotes_note;
}

function sentence(piece, numbers) {
  const nodes = piece.text.split(/(\[\d+\])/).map((text) => {
    const number = Number(text.slice(1, -1));
    const cited = /^\[\d+\]$/.test(text) && numbers.has(number);
    return cited ? numberButton(number) : document.createTextNode(text);
  });
  if (piece.supported !== false) return nodes;
  const doubt = document.createElement("span");
  doubt.className = "doubt";
  doubt.append(...nodes);
  const why = document.createElement("small");
  const unknown = (piece.unknown || []).join(", ");
  why.textContent = ` (${unknown ? words.unknown.replace("{words}", unknown) : words.unsupported})`;
  doubt.append(why);
  return [doubt];
}

function numberButton(number) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = number;
  button.setAttribute("aria-label", `${words.source} ${number}`);
  button.addEventListener("click", () => {
    const source = part(`source-${number}`);
    source.scrollIntoView({ block: "center" });
    source.focus({ preventScroll: true });
  });
  return button;
}

function showSources(sources) {
  part("sources").replaceChildren(...sources.map(sourceItem));
  show("evidence", sources.length > 0);
}

function sourceItem(source) {
  const item = document.createElement("li");
  item.id = `source-${source.number}`;
  item.tabIndex = -1;
  const head = document.createElement("h3");
  head.textContent = `[${source.number}] ${source.file}`;
  const where = document.createElement("p");
  where.className = "hint";
  where.textContent = [source.place, source.heading].filter(Boolean).join(" · ");
  const text = document.createElement("p");
  for (const piece of source.pieces) {
    const node = piece.mark ? document.createElement("mark") : null;
    if (node) node.textContent = piece.text;
    text.append(node || piece.text);
  }
  item.append(head, ...(where.textContent ? [where] : []), text);
  return item;
}

part("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(CODE, part("code").value.trim());
  part("code").value = "";
  begin();
});
part("asking").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
part("stop").addEventListener("click", () => running && running.abort());
part("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask();
  }
});
codeFromAddress();
begin();
