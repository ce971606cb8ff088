// The review queue: requests that wait for a person, the most doubtful first.

import { $, bar, el, fill, percent } from "./dom.js";
import { get } from "./session.js";

const list = $("queue-items");
let items = [];
let chosen = -1;
let opened = () => {};

export function onOpen(handler) {
  opened = handler;
}

export function current() {
  return items[chosen] ?? null;
}

export function count(number) {
  const badge = $("waiting");
  badge.textContent = number > 999 ? "999+" : String(number);
  badge.hidden = number === 0;
  badge.setAttribute("aria-label", `${number} 件待复核`);
}

function row(item, index) {
  const label = item.predicted.unit ? `${item.predicted.topic?.label ?? ""} → ${item.predicted.dispatch.lead || "待定"}` : "无法研判";
  return el(
    "li",
    { role: "option", id: `queued-${item.id}`, "aria-selected": String(index === chosen), onclick: () => open(index) },
    el("p", {}, item.text),
    el("div", { class: "line" }, el("b", {}, label), el("span", { class: "doubt" }, `疑虑 ${percent(item.doubt)}`, bar(item.doubt, "warm"))),
  );
}

function draw() {
  fill(list, ...items.map(row));
  list.hidden = items.length === 0;
  $("queue-empty").hidden = items.length > 0;
  const row_ = current();
  if (row_) list.setAttribute("aria-activedescendant", `queued-${row_.id}`);
  else list.removeAttribute("aria-activedescendant");
  list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
}

export function open(index) {
  chosen = Math.max(0, Math.min(index, items.length - 1));
  draw();
  opened(current());
}

export function step(by) {
  if (items.length) open((chosen + by + items.length) % items.length);
}

// Read the queue again; stay at the same place in it, so that the next item moves up.
export async function refresh() {
  const answer = await get("/v1/console/queue");
  items = answer.items;
  count(answer.waiting);
  if (!items.length) {
    chosen = -1;
    draw();
    opened(null);
  } else {
    open(Math.max(0, chosen));
  }
}

list.addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) {
    event.preventDefault();
    step(by);
  }
});
