// The request: a text area over a layer of ink that marks the words which led to the answer.

import { $, el, fill } from "./dom.js";

const WORDS = /[\p{L}\p{N}]/u;
const text = $("text");
const ink = $("ink");
let shown = { text: "", evidence: [] };

export function chosenHead() {
  return document.querySelector("input[name=head]:checked").value;
}

function strongest(evidence) {
  const mine = evidence.filter((item) => item.head === chosenHead() && item.contribution > 0 && WORDS.test(item.text));
  const most = Math.max(...mine.map((item) => item.contribution), 0);
  return mine
    .map((item) => ({ ...item, share: item.contribution / most }))
    .filter((item) => item.share >= 0.08);
}

function strength(share) {
  return share >= 0.6 ? "s3" : share >= 0.25 ? "s2" : "s1";
}

// Offsets count code points, as the service does; a string of JavaScript counts UTF-16 units.
function paint(points, spans) {
  const parts = [];
  let at = 0;
  for (const span of spans) {
    if (span.start < at) continue;
    parts.push(points.slice(at, span.start).join(""));
    parts.push(el("mark", { class: strength(span.share) }, points.slice(span.start, span.end).join("")));
    at = span.end;
  }
  parts.push(points.slice(at).join(""), "\n");
  fill(ink, ...parts);
  ink.scrollTop = text.scrollTop;
}

function common(one, other) {
  let length = 0;
  while (length < one.length && length < other.length && one[length] === other[length]) length += 1;
  return length;
}

// Between a key and its answer, marks in the part that did not change stay where they are.
export function repaint() {
  const points = Array.from(text.value);
  const spans = strongest(shown.evidence);
  const same = points.join("") === shown.text ? points.length : common(Array.from(shown.text), points);
  paint(points, spans.filter((span) => span.end <= same).sort((a, b) => a.start - b.start));
}

function reasons() {
  const best = strongest(shown.evidence).slice(0, 4);
  fill(
    $("why"),
    ...best.map((item) =>
      el("li", { class: strength(item.share) }, item.text, el("b", {}, `+${item.contribution.toFixed(1)}`)),
    ),
  );
}

export function mark(request, evidence) {
  shown = { text: request, evidence };
  repaint();
  reasons();
}

text.addEventListener("scroll", () => (ink.scrollTop = text.scrollTop));
$("heads").addEventListener("change", () => {
  repaint();
  reasons();
});
