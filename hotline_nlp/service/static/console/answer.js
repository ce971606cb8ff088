// The answer of one request: decision, the three heads, dispatch, the duty quoted, reasons, similar requests.

import { $, bar, el, fill, percent, when } from "./dom.js";

const DECISIONS = {
  auto: ["可直接派单", "把握达到设定的标准"],
  review: ["建议人工复核", ""],
  reject: ["无法研判", ""],
};
const PROCEDURES = {
  direct: "单独承办",
  joint: "一单联派",
  joint_investigation: "联合调查",
  confirm_place: "先核实地址",
  unclear_duty: "人工确定单位",
};
const HEADS = [
  ["type", "诉求类型"],
  ["topic", "热点事项"],
  ["unit", "承办归口"],
];
const DUTY = /^职责(\S+?)：“(.+)”$/;

function decision(found) {
  const [title, plain] = DECISIONS[found.action];
  const sign = { auto: "✓", review: "!", reject: "×" }[found.action];
  return el(
    "div",
    { class: `decision ${found.action}`, id: "decision" },
    el("span", { class: "sign", "aria-hidden": "true" }, sign),
    el("div", {}, el("strong", {}, title), el("p", {}, found.reason || plain)),
  );
}

function choice(head, item, best, amend) {
  const row = el(
    "button",
    { type: "button", class: best ? "choice best" : "choice", onclick: () => amend({ [head]: item.label }) },
    el("span", { class: "name" }, item.label),
    bar(item.probability, best ? "" : "faint"),
    el("span", { class: "number" }, percent(item.probability)),
  );
  row.title = best ? "按此项更正其他内容" : `改为“${item.label}”`;
  return el("li", {}, row);
}

function head(name, title, score, amend) {
  const note = score.domain ? el("small", {}, score.domain) : null;
  const rows = score.alternatives.map((item, at) => choice(name, item, at === 0, amend));
  return el("section", { class: "head-card", "data-head": name }, el("h3", {}, title, note), el("ol", {}, ...rows));
}

function placeOf(place) {
  const path = [place.district, place.town, place.village, place.spot].filter(Boolean);
  if (path.length) return [path.join(" › "), percent(place.confidence)];
  if (place.candidates.length) return [`待核实：${place.candidates.join("、")}`, ""];
  return ["诉求中没有写明", ""];
}

function fact(title, value, note = "", kind = "") {
  const shown = el("dd", { class: kind }, value, note ? el("small", {}, note) : null);
  return el("div", { class: "fact" }, el("dt", {}, title), shown);
}

function urgency(result) {
  const level = result.dispatch.urgency?.tag ?? "";
  const grave = result.urgent || !["", "一般"].includes(level);
  return fact("紧急程度", level || (result.urgent ? "紧急" : "一般"), `紧急概率 ${percent(result.urgent_probability)}`, grave ? "grave" : "");
}

function tags(result) {
  const desks = result.dispatch.tags.map((hit) => `${hit.desk}·${hit.tag}`);
  const all = [...result.flags, ...desks];
  return all.length ? fact("标签", el("span", { class: "chips" }, ...all.map((tag) => el("span", {}, tag)))) : null;
}

function dispatch(result) {
  const found = result.dispatch;
  const [where, sure] = placeOf(result.place);
  const others = found.co_units.length
    ? el("p", { class: "co", id: "co-units" }, el("b", {}, "协办"), ...found.co_units.map((unit) => el("span", {}, unit)))
    : null;
  return el(
    "section",
    { class: "card dispatch" },
    el("h3", {}, "主办单位", el("small", {}, PROCEDURES[found.procedure] ?? found.procedure)),
    el("p", { class: "lead", id: "lead" }, found.lead || "待人工确定"),
    others,
    el("dl", {}, fact("事发地点", where, sure && `把握 ${sure}`), urgency(result), tags(result)),
  );
}

function reasons(found) {
  const duties = found.reasons.map((line) => DUTY.exec(line)).filter(Boolean);
  const steps = found.reasons.filter((line) => !DUTY.test(line));
  const quotes = duties.map(([, number, clause]) =>
    el("blockquote", {}, el("p", {}, clause), el("footer", {}, `职责条款 ${number}`)),
  );
  const lines = steps.map((line) => {
    const at = line.indexOf("：");
    return el("li", {}, at > 0 && at < 7 ? el("b", {}, line.slice(0, at)) : null, line.slice(at > 0 && at < 7 ? at + 1 : 0));
  });
  if (!quotes.length && !lines.length) return null;
  return el("section", { class: "card reasons" }, el("h3", {}, "派单依据"), ...quotes, el("ul", {}, ...lines));
}

function matters(found, text) {
  if (found.matters.length < 2) return null;
  const points = Array.from(text);
  const rows = found.matters.map((part) =>
    el("li", {}, el("p", {}, points.slice(part.start, part.end).join("")), el("small", {}, `${part.topic} → ${part.unit || part.function}`)),
  );
  return el("section", { class: "card matters" }, el("h3", {}, `其中有 ${rows.length} 件事`), el("ol", {}, ...rows));
}

export function show(result, text, amend) {
  const heads = HEADS.filter(([name]) => result[name]).map(([name, title]) => head(name, title, result[name], amend));
  const parts = [decision(result.decision)];
  if (result.unit) parts.push(dispatch(result));
  if (heads.length) parts.push(el("div", { class: "card heads" }, ...heads));
  if (result.unit) parts.push(reasons(result.dispatch), matters(result.dispatch, text));
  fill($("answer"), ...parts);
  $("answer").hidden = false;
  $("blank").hidden = true;
}

export function clear() {
  fill($("answer"));
  $("answer").hidden = true;
  $("blank").hidden = false;
}

const KINDS = { accepted: "已采纳", correction: "已更正", return: "曾退回" };

export function showSimilar(items) {
  fill(
    $("similar-items"),
    ...items.map((item) =>
      el(
        "li",
        {},
        el("p", {}, item.text),
        el("div", { class: "line" }, el("span", { class: `kind ${item.kind}` }, KINDS[item.kind]), el("b", {}, item.lead || item.unit || item.topic), el("small", {}, `${when(item.at)} · 相似 ${percent(item.likeness)}`)),
      ),
    ),
  );
  $("similar-empty").hidden = items.length > 0;
}

export function spoken(result) {
  if (!result.unit) return `${DECISIONS[result.decision.action][0]}。${result.decision.reason}`;
  return [result.type?.label, result.topic?.label, result.dispatch.lead, DECISIONS[result.decision.action][0]]
    .filter(Boolean)
    .join("，");
}
