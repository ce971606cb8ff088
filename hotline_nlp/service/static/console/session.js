// The key and the calls. The key stays in this tab's memory of the browser and goes out in one header alone.

import { $, toast } from "./dom.js";

const KEPT = "hotline-key";
const SAID = {
  403: "这把密钥没有此项权限。",
  404: "找不到所要的内容，可能已被清理。",
  408: "发送超时，请检查网络后重试。",
  409: "当前状态下不能这样做。",
  413: "内容超过允许的大小。",
  415: "文件格式不受支持。",
  422: "内容不符合要求，请检查后重试。",
  429: "操作太快，请稍等一秒。",
  500: "服务出现内部错误，请联系管理员。",
  503: "服务繁忙，请稍后重试。",
};

export class Refusal extends Error {
  constructor(status, detail) {
    super(SAID[status] ?? "服务没有给出结果，请稍后重试。");
    this.status = status;
    this.detail = detail;
  }
}

let key = sessionStorage.getItem(KEPT) ?? "";
let asking = null;

export function signedIn() {
  return key !== "";
}

export function signOut() {
  sessionStorage.removeItem(KEPT);
  location.reload();
}

async function send(method, path, { body, type, signal } = {}) {
  const headers = {};
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = type ?? "application/json";
  const raw = body === undefined || type ? body : JSON.stringify(body);
  try {
    return await fetch(path, { method, headers, body: raw, signal, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw Object.assign(new Refusal(0, ""), { message: "连不上服务，请检查网络。" });
  }
}

export async function ask(method, path, options = {}) {
  let answer = await send(method, path, options);
  while (answer.status === 401) {
    await (asking ??= askKey(signedIn()).finally(() => (asking = null)));
    answer = await send(method, path, options);
  }
  if (!answer.ok) throw new Refusal(answer.status, await detail(answer));
  return answer;
}

export async function get(path) {
  return (await ask("GET", path)).json();
}

export async function post(path, body, signal) {
  return (await ask("POST", path, { body, signal })).json();
}

async function detail(answer) {
  try {
    return (await answer.json()).detail ?? "";
  } catch {
    return "";
  }
}

function askKey(refused) {
  const dialog = $("sign");
  const field = $("key");
  const fault = $("sign-fault");
  key = "";
  sessionStorage.removeItem(KEPT);
  const tell = (message) => {
    fault.textContent = message;
    fault.hidden = !message;
  };
  tell(refused ? "密钥已停用或不再有效，请重新输入。" : "");
  return new Promise((resolve) => {
    dialog.onkeydown = (event) => {
      if (event.key === "Escape") event.preventDefault();
    };
    dialog.onclose = () => {
      if (!key) dialog.showModal(); // a browser may close a dialog whatever one says
    };
    $("sign-form").onsubmit = async (event) => {
      event.preventDefault();
      key = field.value.trim();
      try {
        if ((await send("GET", "/v1/model")).status === 401) throw new Error("密钥不对或已停用，请核对后再输入。");
      } catch (error) {
        key = "";
        tell(error.message);
        field.select();
        return;
      }
      sessionStorage.setItem(KEPT, key);
      field.value = "";
      dialog.close();
      resolve();
    };
    if (!dialog.open) dialog.showModal();
    field.focus();
  });
}

export function report(error) {
  if (error.name !== "AbortError") toast(error.message, "bad");
}
