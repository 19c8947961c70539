// One event in full, beside the list, and the others of its trace.
"use strict";

async function open(id) {
  state.id = id;
  writeAddress();
  try {
    const event = await ask("/api/event", {id}, null);
    if (state.id === id) showEvent(event);
  } catch (error) {
    close();
    $("failure").textContent = error.message;
    $("failure").hidden = false;
  }
}

function close() {
  $("event").hidden = true;
  state.id = "";
  writeAddress();
}

function showEvent(event) {
  const fields = fieldsOf(event);
  const failed = event.failed ? [make("span", {class: "failed"}, " " + (fields.get("outcome") ?? "failed"))] : [];
  $("event").querySelector("h2").replaceChildren(fields.get("name") || "event", ...failed, " " + duration(parseFloat(fields.get("duration_ms"))));
  $("fields").replaceChildren(...event.fields.map(([key, text]) => {
    const word = wordFor(key, text);
    const value = isLink(key, text) ? make("a", {href: plain(text), target: "_blank", rel: "noopener noreferrer"}, plain(text)) : word ? make("button", {type: "button", title: "search for " + word, on: {click: () => addWord(word)}}, plain(text)) : pretty(text);
    return make("tr", key.startsWith("error.") ? {class: "error"} : {}, make("th", {scope: "row"}, key), make("td", {}, value));
  }));
  showTrace(event);
  $("event").hidden = false;
  $("event").scrollTop = 0;
}

// A runbook is a click away; nothing else that an event holds is.
const isLink = (key, text) => key === "error.link" && /^https?:\/\//.test(plain(text));

// Arrays and objects over several lines; numbers in them are left alone, for a browser would round large ones.
function pretty(text) {
  if (!/^[[{]/.test(text) || /\d{16}/.test(text)) return plain(text);
  try { return JSON.stringify(JSON.parse(text), null, 1); } catch { return text; }
}

function showTrace(event) {
  if (event.trace.length < 2) return $("trace").replaceChildren();
  const spans = event.trace.map(other => {
    const fields = fieldsOf(other);
    return {other, fields, from: other.time ?? 0, length: 1000 * (parseFloat(fields.get("duration_ms")) || 0)};
  });
  const from = Math.min(...spans.map(span => span.from));
  const length = Math.max(1, ...spans.map(span => span.from + span.length - from));
  $("trace").replaceChildren(make("h3", {}, `${spans.length} events of this trace`), ...spans.map(span => {
    const svg = svgElement("svg", {viewBox: "0 0 1000 4", preserveAspectRatio: "none", "aria-hidden": "true"});
    svg.append(svgElement("rect", {class: span.other.failed ? "bad" : "good", x: Math.min(996, 1000 * (span.from - from) / length),
      width: Math.max(4, 1000 * span.length / length), height: 4}));
    return make("button", {type: "button", "aria-current": String(span.other.id === event.id), on: {click: () => open(span.other.id)}},
      make("span", {}, [span.fields.get("service.name"), span.fields.get("name")].filter(Boolean).join(" · ")),
      make("span", {class: "duration"}, duration(parseFloat(span.fields.get("duration_ms")))), svg);
  }));
}
