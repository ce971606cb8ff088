// The form in which a dispatcher says what is right.

import { $, el, fill, percent } from "./dom.js";
import { Combobox } from "./combobox.js";

const form = $("correct");
let closing = null;

export function isOpen() {
  return !form.hidden;
}

export function close() {
  if (!isOpen()) return;
  form.hidden = true;
  form.parentElement.classList.remove("correcting");
  closing?.();
}

function ordered(all, score, name = (item) => item) {
  const likely = new Map(score);
  const known = all.filter((item) => likely.has(name(item)));
  known.sort((a, b) => likely.get(name(b)) - likely.get(name(a)));
  const rest = all.filter((item) => !likely.has(name(item)));
  return [...known, ...rest].map((item) => {
    const value = name(item);
    return { value, note: likely.has(value) ? percent(likely.get(value)) : "" };
  });
}

function pairs(score) {
  return (score?.alternatives ?? []).map((item) => [item.label, item.probability]);
}

function types(labels, chosen) {
  const choices = labels.map((label, at) =>
    el(
      "label",
      {},
      el("input", { type: "radio", name: "right-type", value: label, checked: label === chosen }),
      el("span", {}, label, at < 9 ? el("kbd", {}, `Alt+${at + 1}`) : null),
    ),
  );
  return el("fieldset", { class: "switch wide" }, el("legend", {}, "诉求类型"), ...choices);
}

// `setting` is what /v1/console/start gave; `save` takes {type, topic, unit, lead, reason} and may refuse.
export function open(result, setting, preset, save, closed) {
  closing = closed;
  const candidates = result.dispatch.candidates.map((item) => [item.unit, item.probability]);
  const topic = new Combobox("right-topic", "热点事项", ordered(setting.labels.topic ?? [], pairs(result.topic)));
  const lead = new Combobox("right-lead", "主办单位", ordered(setting.units, candidates, (unit) => unit.name));
  const functions = new Map(setting.units.map((unit) => [unit.name, unit.function]));
  const reason = el("input", { id: "right-reason", type: "text", maxlength: "500", placeholder: "可不填" });
  const fault = el("p", { class: "fault", role: "alert", hidden: true });
  const first = types(setting.labels.type ?? [], preset.type ?? result.type?.label);
  topic.value = preset.topic ?? result.topic?.label ?? "";
  const named = preset.unit && setting.units.find((unit) => unit.function === preset.unit);
  lead.value = preset.unit ? (pickLead(preset.unit, candidates, functions) ?? named?.name ?? "") : result.dispatch.lead;
  fill(
    form,
    el("h2", { id: "correct-title" }, "更正研判结果"),
    first,
    el("div", { class: "pair" }, topic.node, lead.node),
    el("div", { class: "field" }, el("label", { for: "right-reason" }, "说明"), reason),
    fault,
    el(
      "div",
      { class: "buttons" },
      el("button", { type: "submit", class: "main" }, "保存更正", el("kbd", {}, "Enter")),
      el("button", { type: "button", onclick: close }, "取消", el("kbd", {}, "Esc")),
    ),
  );
  form.onsubmit = async (event) => {
    event.preventDefault();
    const wrong = [topic, lead].find((box) => !box.valid);
    fault.hidden = !wrong;
    if (wrong) {
      fault.textContent = "请从列表中选择名称。";
      wrong.input.focus();
      return;
    }
    await save({
      type: form.querySelector("input[name=right-type]:checked")?.value ?? "",
      topic: topic.value,
      unit: (lead.value === result.dispatch.lead ? result.unit?.label : functions.get(lead.value)) ?? "",
      lead: lead.value,
      reason: reason.value.trim(),
    });
  };
  form.hidden = false;
  form.parentElement.classList.add("correcting");
  form.parentElement.scrollTop = 0;
  const focus = preset.type ? first.querySelector("input:checked") : preset.topic ? topic.input : lead.input;
  focus.focus();
  if (!preset.type) focus.select();
}

// The real unit of a function that the model itself had in mind, if it had one.
function pickLead(wanted, candidates, functions) {
  return candidates.map(([name]) => name).find((name) => functions.get(name) === wanted);
}

form.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape") {
    event.preventDefault();
    close();
  }
  const digit = event.altKey ? /^Digit([1-9])$/.exec(event.code) : null;
  const radio = digit ? form.querySelectorAll("input[name=right-type]")[digit[1] - 1] : null;
  if (radio) {
    event.preventDefault();
    event.stopPropagation(); // not a change of view here
    radio.checked = true;
  }
});
