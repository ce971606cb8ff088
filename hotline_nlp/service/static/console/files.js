// Files: upload, choose the column, watch it being scored, download.

import { $, bar, el, percent, toast, when } from "./dom.js";
import { ask, get, post, report } from "./session.js";

const BASE = "/v1/console/files";
const HEADS = [
  ["type", "诉求类型"],
  ["topic", "热点事项"],
  ["unit", "承办归口"],
  ["decision", "处理建议"],
];
const DECISIONS = { auto: "可直接派单", review: "建议人工复核", reject: "无法研判" };
const FAULTS = {
  name: "只能处理 .csv 和 .xlsx 文件；旧的 .xls 请先另存为 .xlsx。",
  size: "文件超过允许的大小，请拆分后再试。",
  busy: "正在处理的文件太多，请稍后再试。",
  column: "文件中没有所选的列，或列名重复。",
  format: "文件内容与后缀不符，或已损坏，请重新导出后再试。",
  empty: "文件里没有数据行。",
  stopped: "服务中途停止，这份文件没有处理完，请重新提交。",
  other: "这份文件处理失败，请联系管理员。",
};
const cards = new Map();
let limit = 0;
let timer = 0;
let finished = () => {};

export function start(setting, onFinished) {
  limit = setting.max_upload;
  finished = onFinished;
  $("file-limits").textContent = `每份不超过 ${Math.round(limit / (1 << 20))} MB；文件只在本系统内处理，完成后保留 ${setting.kept_minutes} 分钟即清除。`;
}

function fault(message) {
  const node = $("file-fault");
  node.textContent = message;
  node.hidden = !message;
}

function said(error) {
  const code = /^(\w+): /.exec(error.detail ?? "")?.[1];
  return FAULTS[code] ?? error.message;
}

async function upload(file) {
  fault("");
  if (!/\.(csv|xlsx)$/i.test(file.name)) return fault(FAULTS.name);
  if (file.size > limit) return fault(FAULTS.size);
  $("drop").classList.add("busy");
  try {
    const path = `${BASE}?name=${encodeURIComponent(file.name)}`;
    const answer = await ask("POST", path, { body: file, type: "application/octet-stream" });
    const job = await answer.json();
    place(job).querySelector("select, button")?.focus();
  } catch (error) {
    fault(said(error));
  } finally {
    $("drop").classList.remove("busy");
  }
}

async function act(work) {
  try {
    place(await work());
  } catch (error) {
    toast(said(error), "bad");
  }
  poll();
}

async function download(job, part) {
  try {
    const answer = await ask("GET", `${BASE}/${job.id}/${part}`);
    const address = URL.createObjectURL(await answer.blob());
    const stem = job.name.replace(/\.[^.]*$/, "");
    const name = part === "result" ? `${stem}-研判结果.${job.format}` : `${stem}-未研判.csv`;
    const link = el("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  } catch (error) {
    report(error);
  }
}

async function remove(job) {
  try {
    await ask("DELETE", `${BASE}/${job.id}`);
  } catch (error) {
    if (error.status !== 404) return report(error);
  }
  cards.get(job.id)?.remove();
  cards.delete(job.id);
  $("file").focus();
}

function preview(job) {
  const head = el("tr", {}, ...job.columns.map((name) => el("th", { scope: "col" }, name || "（无名列）")));
  const rows = job.sample.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, cell))));
  return el("div", { class: "preview", tabindex: "0", role: "region", "aria-label": "前几行" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)));
}

function waiting(job) {
  const column = el("select", { id: `column-${job.id}` }, ...job.columns.map((name) => el("option", { value: name, selected: name === job.guess }, name || "（无名列）")));
  const format = el("select", { id: `format-${job.id}` }, el("option", { value: "xlsx", selected: job.format === "xlsx" }, "XLSX 工作簿"), el("option", { value: "csv", selected: job.format === "csv" }, "CSV 文本"));
  const review = el("input", { type: "checkbox", id: `review-${job.id}` });
  const begin = () =>
    act(() => post(`${BASE}/${job.id}/start`, { column: column.value, format: format.value, review: review.checked }));
  return [
    preview(job),
    el(
      "div",
      { class: "options-row" },
      el("div", { class: "field" }, el("label", { for: column.id }, "诉求内容在哪一列"), column),
      el("div", { class: "field" }, el("label", { for: format.id }, "结果格式"), format),
      el("label", { class: "check" }, review, el("span", {}, "把最有疑虑的放入复核队列")),
    ),
    el("div", { class: "buttons" }, el("button", { type: "button", class: "main", onclick: begin }, "开始研判"), el("button", { type: "button", onclick: () => remove(job) }, "移除")),
  ];
}

function running(job) {
  const share = job.fraction * (job.stage === "write" ? 1 : 0.95);
  const what = job.stage === "write" ? "正在写出结果" : "正在研判";
  const progress = el("div", { class: "progress", role: "progressbar", "aria-label": what, "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": String(Math.round(share * 100)) }, bar(share));
  return [
    progress,
    el("p", { class: "line" }, el("span", {}, `${what}…已处理 ${job.rows.toLocaleString("zh-CN")} 行`), el("b", {}, `${Math.round(share * 100)}%`)),
    el("div", { class: "buttons" }, el("button", { type: "button", onclick: () => remove(job) }, "停止并移除")),
  ];
}

function tally(title, name, counts, rows) {
  const lines = Object.entries(counts).slice(0, 5).map(([label, number]) =>
    el("li", {}, el("span", { class: "name" }, name === "decision" ? (DECISIONS[label] ?? label) : label), bar(number / rows), el("span", { class: "number" }, number.toLocaleString("zh-CN")), el("small", { class: "number" }, percent(number / rows))),
  );
  return el("section", {}, el("h4", {}, title), el("ol", {}, ...lines));
}

function done(job) {
  const speed = `${job.rows.toLocaleString("zh-CN")} 行，用时 ${job.seconds.toFixed(1)} 秒`;
  const left = job.rejected ? `，其中 ${job.rejected.toLocaleString("zh-CN")} 行没有可研判的内容` : "";
  const queued = job.queued ? `，${job.queued} 件已放入复核队列` : "";
  const tallies = HEADS.filter(([name]) => job.counts[name]).map(([name, title]) => tally(title, name, job.counts[name], job.rows));
  return [
    el("p", { class: "sum" }, `已完成：${speed}${left}${queued}。`),
    el("div", { class: "tallies" }, ...tallies),
    el(
      "div",
      { class: "buttons" },
      el("button", { type: "button", class: "main", onclick: () => download(job, "result") }, "下载结果"),
      job.rejected ? el("button", { type: "button", onclick: () => download(job, "rejects") }, "下载未研判的行") : null,
      el("button", { type: "button", onclick: () => remove(job) }, "移除"),
    ),
  ];
}

function failed(job) {
  const more = job.detail ? el("details", {}, el("summary", {}, "详情"), el("p", {}, job.detail)) : null;
  return [el("p", { class: "fault" }, FAULTS[job.fault] ?? FAULTS.other), more, el("div", { class: "buttons" }, el("button", { type: "button", onclick: () => remove(job) }, "移除"))];
}

const BODIES = { waiting, running, done, failed };

function place(job) {
  const old = cards.get(job.id);
  if (old?.dataset.mark === JSON.stringify(job)) return old;
  const before = old?.dataset.state;
  const size = job.size < 1 << 20 ? `${Math.ceil(job.size / 1024)} KB` : `${(job.size / (1 << 20)).toFixed(1)} MB`;
  const title = el("div", { class: "head" }, el("h3", {}, job.name), el("small", {}, `${size} · ${when(job.created)}`));
  const card = el("section", { class: `card job ${job.state}`, "aria-label": job.name }, title, ...BODIES[job.state](job).filter(Boolean));
  card.dataset.mark = JSON.stringify(job);
  card.dataset.state = job.state;
  cards.set(job.id, card);
  if (old) {
    const focused = old.contains(document.activeElement);
    old.replaceWith(card);
    if (focused) card.querySelector("button")?.focus();
  } else $("jobs").prepend(card);
  if (before === "running" && job.state !== "running") {
    toast(job.state === "done" ? `“${job.name}”已研判完成` : `“${job.name}”没有处理完`, job.state === "done" ? "good" : "bad");
    finished();
  }
  return card;
}

export async function refresh() {
  const { jobs } = await get(BASE);
  const alive = new Set(jobs.map((job) => job.id));
  for (const [id, card] of cards) {
    if (!alive.has(id)) {
      card.remove();
      cards.delete(id);
    }
  }
  jobs.sort((a, b) => a.created.localeCompare(b.created)).forEach(place);
  return jobs;
}

async function poll() {
  clearTimeout(timer);
  try {
    const jobs = await refresh();
    if (jobs.some((job) => job.state === "running")) timer = setTimeout(poll, 300);
  } catch (error) {
    report(error);
    timer = setTimeout(poll, 3000);
  }
}

export function show() {
  poll();
}

$("file").addEventListener("change", () => {
  const [file] = $("file").files;
  if (file) upload(file);
  $("file").value = "";
});

for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => event.preventDefault()); // a file dropped beside must not open
}
const area = $("drop");
area.addEventListener("dragenter", () => area.classList.add("over"));
area.addEventListener("dragleave", (event) => area.contains(event.relatedTarget) || area.classList.remove("over"));
area.addEventListener("drop", (event) => {
  area.classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) upload(file);
});
