// The page: views, keys, and the way of a request from the first letter to accepted or corrected.

import * as answer from "./answer.js";
import * as correct from "./correct.js";
import * as files from "./files.js";
import * as paper from "./paper.js";
import * as queue from "./queue.js";
import { $, toast } from "./dom.js";
import { get, post, report, signedIn, signOut } from "./session.js";

const PAUSE = 10; // milliseconds after the last key
const SPEAK = 900;
const text = $("text");
const buttons = ["accept", "amend", "later"].map($);
let setting = null;
let view = "read";
let reading = null; // {text, result} of the answer on the page
let running = null;
let pause = 0;
let speech = 0;
let pressed = 0;

function enable(on) {
  buttons.forEach((button) => (button.disabled = !on));
}

function length() {
  const points = Array.from(text.value).length;
  const over = points > setting.max_text;
  $("length").textContent = over ? `${points} 字，超过 ${setting.max_text} 字的上限` : `${points} 字`;
  $("length").className = over ? "over" : "";
  return points > 0 && !over;
}

function changed(now = false) {
  pressed = performance.now();
  paper.repaint();
  clearTimeout(pause);
  running?.abort();
  enable(false);
  correct.close();
  if (!length() || !text.value.trim()) {
    reading = null;
    answer.clear();
    paper.mark(text.value, []);
    answer.showSimilar([]);
    $("speed").textContent = "";
    return;
  }
  pause = setTimeout(read, now ? 0 : PAUSE);
}

async function read() {
  const request = text.value;
  const call = (running = new AbortController());
  try {
    const found = await post("/v1/console/read", { text: request }, call.signal);
    if (text.value !== request) return;
    reading = { text: request, result: found.result };
    answer.show(found.result, request, (preset) => amend(preset));
    paper.mark(request, found.result.evidence);
    answer.showSimilar(found.similar);
    enable(true);
    $("accept").disabled = found.result.unit === null;
    const since = pressed;
    requestAnimationFrame(() => {
      const taken = performance.now() - since;
      $("speed").textContent = `停笔后 ${Math.round(taken)} 毫秒出结果`;
      $("speed").dataset.taken = taken.toFixed(1);
    });
    clearTimeout(speech);
    speech = setTimeout(() => ($("spoken").textContent = answer.spoken(found.result)), SPEAK);
  } catch (error) {
    report(error);
  }
}

async function keep(kind, said, message) {
  const request = reading.text;
  enable(false);
  try {
    await post("/v1/feedback", { kind, text: request, ...said });
  } catch (error) {
    enable(true);
    return report(error);
  }
  toast(message);
  correct.close();
  if (view === "queue") await refreshQueue();
  else leaveReady();
}

function leaveReady() {
  enable(false);
  $("later").disabled = true;
  text.focus();
  text.select();
}

function accept() {
  const { result } = reading;
  const { type, topic, unit, dispatch } = result;
  const said = { type: type?.label ?? "", topic: topic?.label ?? "", unit: unit?.label ?? "", lead: dispatch.lead };
  keep("accepted", said, `已采纳：${dispatch.lead || unit.label}`);
}

function amend(preset = {}) {
  if (!reading || correct.isOpen()) return;
  const save = (said) => keep("correction", said, `已更正：${said.lead || said.topic}`);
  $("actions").hidden = true;
  correct.open(reading.result, setting, preset, save, () => {
    $("actions").hidden = false;
    (view === "queue" ? $("queue-items") : text).focus();
  });
}

async function later() {
  try {
    const found = await post("/v1/console/queue", { text: reading.text });
    queue.count(found.waiting);
    toast("已放入复核队列");
    next();
  } catch (error) {
    report(error);
  }
}

function next() {
  if (view === "queue") return queue.step(1);
  text.value = "";
  changed();
  text.focus();
}

async function refreshQueue() {
  try {
    await queue.refresh();
  } catch (error) {
    report(error);
  }
}

queue.onOpen((item) => {
  text.value = item ? item.text : "";
  changed(true);
});

async function go(to) {
  if (to === view) return;
  view = to;
  for (const tab of document.querySelectorAll("[data-view]")) {
    if (tab.dataset.view === to) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  $("work").hidden = to === "files";
  $("files").hidden = to !== "files";
  $("work").classList.toggle("reviewing", to === "queue");
  $("queue").hidden = to !== "queue";
  (to === "queue" ? $("scroll") : $("left")).append($("similar"));
  $("later").hidden = to === "queue";
  text.readOnly = to === "queue";
  correct.close();
  if (to === "files") {
    files.show();
    $("file").focus();
  } else if (to === "queue") {
    await refreshQueue();
    if (view === "queue") $("queue-items").focus(); // unless one has gone on meanwhile
  } else {
    text.value = "";
    changed();
    text.focus();
  }
}

const KEYS = {
  F9: () => !$("accept").disabled && !correct.isOpen() && accept(),
  F2: () => !$("amend").disabled && amend(),
  F4: () => view === "read" && !$("later").disabled && !correct.isOpen() && later(),
  F8: () => !correct.isOpen() && next(),
};

document.addEventListener("keydown", (event) => {
  if (!setting || event.isComposing || $("sign").open) return;
  const plain = !event.altKey && !event.ctrlKey && !event.metaKey;
  const views = { Digit1: "read", Digit2: "queue", Digit3: "files" };
  if (plain && KEYS[event.key] && view !== "files") {
    event.preventDefault();
    KEYS[event.key]();
  } else if (event.altKey && !event.ctrlKey && views[event.code]) {
    event.preventDefault();
    go(views[event.code]);
  }
});

text.addEventListener("input", (event) => {
  if (!event.isComposing) changed();
  else paper.repaint(); // letters of an input method are no request yet
});
text.addEventListener("compositionend", () => changed());
$("accept").addEventListener("click", accept);
$("amend").addEventListener("click", () => amend());
$("later").addEventListener("click", later);
$("next").addEventListener("click", next);
$("leave").addEventListener("click", signOut);
document.querySelectorAll("[data-view]").forEach((tab) => tab.addEventListener("click", () => go(tab.dataset.view)));

async function begin() {
  try {
    setting = await get("/v1/console/start");
  } catch (error) {
    report(error);
    setTimeout(begin, 3000);
    return;
  }
  $("city").textContent = `${setting.city} · 政务服务便民热线`;
  $("model").textContent = `模型 ${setting.model}`;
  $("user").textContent = signedIn() ? setting.user : "本机";
  $("leave").hidden = !signedIn();
  queue.count(setting.waiting);
  files.start(setting, () => get("/v1/console/start").then((again) => queue.count(again.waiting), report));
  text.focus();
  if (text.value) changed(true);
}

enable(false);
begin();
