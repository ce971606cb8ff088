// A combobox with a list that is searched as one types (ARIA: combobox with a listbox popup).

import { el, fill } from "./dom.js";

const MOST = 60;

export class Combobox {
  // `options` are {value, note}, the likeliest first; only these values are taken.
  constructor(id, label, options) {
    this.options = options;
    this.known = new Set(options.map((option) => option.value));
    this.at = -1;
    this.typed = false;
    this.list = el("ul", { class: "options", role: "listbox", id: `${id}-list`, "aria-label": label, hidden: true });
    this.input = el("input", {
      id,
      type: "text",
      role: "combobox",
      spellcheck: "false",
      autocomplete: "off",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": `${id}-list`,
    });
    this.node = el("div", { class: "field combo" }, el("label", { for: id }, label), this.input, this.list);
    this.input.addEventListener("input", () => this.open(true));
    this.input.addEventListener("click", () => this.open(false));
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.key(event));
  }

  get value() {
    return this.input.value.trim();
  }

  set value(value) {
    this.input.value = value;
  }

  get valid() {
    return this.value === "" || this.known.has(this.value);
  }

  matches() {
    const wanted = this.typed ? this.value : "";
    const hits = this.options.filter((option) => option.value.includes(wanted));
    if (hits.length || !wanted) return hits.slice(0, MOST);
    // Letters in the right order, so that 湘潭县城管 finds 湘潭县城市管理和综合执法局.
    const letters = Array.from(wanted);
    const loose = this.options.filter(({ value }) => {
      let from = 0;
      return letters.every((letter) => (from = value.indexOf(letter, from) + 1) > 0);
    });
    return loose.slice(0, MOST);
  }

  open(typed) {
    this.typed = typed;
    this.shown = this.matches();
    this.at = typed && this.shown.length ? 0 : this.shown.findIndex((option) => option.value === this.value);
    const rows = this.shown.map((option, index) =>
      el(
        "li",
        { role: "option", id: `${this.list.id}-${index}`, onmousedown: (event) => this.pick(event, index) },
        el("span", {}, option.value),
        option.note ? el("small", {}, option.note) : null,
      ),
    );
    fill(this.list, ...(rows.length ? rows : [el("li", { class: "none" }, "没有相符的名称")]));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.point();
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  point() {
    [...this.list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === this.at)));
    const row = this.list.children[this.at];
    if (this.at >= 0 && row) {
      this.input.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    }
  }

  pick(event, index) {
    event.preventDefault();
    this.input.value = this.shown[index].value;
    this.close();
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  key(event) {
    if (event.isComposing) return;
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) return this.open(false);
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.at = this.shown.length ? (this.at + step + this.shown.length) % this.shown.length : -1;
      this.point();
    } else if (event.key === "Enter" && isOpen && this.at >= 0) {
      this.pick(event, this.at);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }
}
