// The page over a journal. Everything it shows of an event is text: elements are made, HTML is never parsed.
"use strict";

const kPollEvery = 2000;  // Milliseconds, and at least five times as long as an answer takes.
const kSummaryOrder = ["name", "http.route", "http.response.status_code", "user.id", "service.name"];

const $ = id => document.getElementById(id);

function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(options)) {
    if (key === "class") element.className = value;
    else if (key === "on") for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

// ---- what is looked at: it is in the address, so that it can be sent to others

const state = {q: "", errors: false, since: null, until: null, span: "", by: "name", id: ""};

function readAddress() {
  const given = new URLSearchParams(location.search);
  state.q = given.get("q") ?? "";
  state.errors = given.get("errors") === "1";
  state.since = given.get("since");
  state.until = given.get("until");
  state.span = given.get("span") ?? "";
  state.by = given.get("by") ?? "name";
  state.id = given.get("id") ?? "";
  $("search").value = state.q;
  $("errors").checked = state.errors;
  $("by").value = state.by;
}

function writeAddress() {
  const shown = new URLSearchParams();
  if (state.q) shown.set("q", state.q);
  if (state.errors) shown.set("errors", "1");
  if (state.since !== null) shown.set("since", state.since);
  if (state.until !== null) shown.set("until", state.until);
  if (state.span) shown.set("span", state.span);
  if (state.by !== "name") shown.set("by", state.by);
  if (state.id) shown.set("id", state.id);
  const text = shown.toString();
  if ("?" + text !== location.search && text + location.search !== "") history.pushState(null, "", text ? "?" + text : location.pathname);
}

function terms() {
  const asked = {q: state.q};
  if (state.errors) asked.errors = "1";
  if (state.span) asked.since = String((Date.now() - Number(state.span) * 1000) * 1000);
  if (state.since !== null) asked.since = state.since;
  if (state.until !== null) asked.until = state.until;
  return asked;
}

// ---- texts

const kNumber = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
const kCompact = new Intl.NumberFormat("en", {notation: "compact", maximumFractionDigits: 1});

const count = number => number < 100000 ? kNumber.format(number) : kCompact.format(number);

function share(part, whole) {
  if (!(whole > 0) || part === 0) return "0 %";
  const percent = 100 * part / whole;
  return (percent < .01 ? "<0.01" : percent < 10 ? percent.toFixed(2) : percent.toFixed(1)) + " %";
}

function duration(milliseconds) {
  if (milliseconds === undefined || milliseconds === null || Number.isNaN(milliseconds)) return "";
  if (milliseconds >= 1e5) return (milliseconds / 6e4).toFixed(1) + " min";
  if (milliseconds >= 1000) return (milliseconds / 1000).toFixed(2) + " s";
  return (milliseconds >= 100 ? milliseconds.toFixed(0) : milliseconds >= 1 ? milliseconds.toFixed(1) : milliseconds.toFixed(3)) + " ms";
}

function moment(microseconds, digits = 3) {
  const date = new Date(microseconds / 1000);
  if (Number.isNaN(date.getTime())) return "";
  const text = date.toISOString();
  return text.slice(0, 10) + " " + text.slice(11, digits === 0 ? 19 : 20 + digits);
}

// A JSON text for people: strings without their quotes, all else as it stands in the file.
function plain(text) {
  if (text === null || text === undefined) return "";
  if (!text.startsWith('"')) return text;
  try { return JSON.parse(text); } catch { return text; }
}

const fieldsOf = event => new Map(event.fields.map(([key, text]) => [key, plain(text)]));

// A word of the search that holds for this value; null where none can.
function wordFor(key, text) {
  if (text === null || /^[[{]/.test(text)) return null;
  const value = plain(text);
  if (/\\("|$)/.test(key) || /\\("|$)/.test(value)) return null; // There is no way to write a backslash before a quote.
  const part = (written, special) => special.test(written) ? `"${written.replaceAll('"', '\\"')}"` : written;
  return part(key, /[\s"=!<>~]/) + "=" + part(value, /[\s"]/);
}

// ---- the server

let asking = new AbortController();

async function ask(path, parameters, signal = asking.signal) {
  const response = await fetch(path + "?" + new URLSearchParams(parameters), {signal});
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

let version = 0;
let took = 0;
let events = [];
let chosen = -1;
let older = false;

async function refresh() {
  asking.abort();
  const mine = asking = new AbortController();
  const began = performance.now();
  const asked = terms();
  try {
    const first = ask("/api/events", {...asked, limit: 50}, mine.signal).then(answer => showEvents(answer));
    if (!asked.q && !version) showSummary(await ask("/api/summary", {...asked, quick: 1, buckets: buckets()}, mine.signal));
    await first;
    showSummary(await ask("/api/summary", {...asked, by: state.by, buckets: buckets()}, mine.signal));
    $("failure").hidden = true;
    took = performance.now() - began;
  } catch (error) {
    if (error.name === "AbortError") return;
    $("failure").textContent = error instanceof TypeError ? "The server does not answer: is wideline view still running?" : error.message;
    $("failure").hidden = false;
  } finally {
    if (asking === mine) document.body.dataset.ready = "true";
  }
}

const buckets = () => Math.max(20, Math.min(120, Math.round($("chart").clientWidth / 10)));

async function poll() {
  try {
    if ($("live").checked && !document.hidden && document.body.dataset.ready) {
      const answer = await ask("/api/version", {}, null);
      if (answer.version !== version) await refresh();
    }
  } catch (error) {
    $("failure").textContent = "The server does not answer: is wideline view still running?";
    $("failure").hidden = false;
  }
  setTimeout(poll, Math.max(kPollEvery, 5 * took));
}

// ---- the overview

const chart = new Chart($("chart"), describeBucket, (from, to) => change({since: String(from), until: String(to), span: ""}));

function describeBucket(bucket, from, to) {
  $("hint").textContent = bucket ? `${moment(from, 0).slice(11)} to ${moment(to, 0).slice(11)}: ${count(bucket[0] + bucket[1])} requests, ` +
    `${count(bucket[1])} failed` : "";
}

function figure(name, text, bad = false) {
  return make("div", bad ? {class: "bad"} : {}, make("dt", {}, name), make("dd", {}, text));
}

function showSummary(summary) {
  if (summary.exact) version = summary.version;
  const about = summary.exact ? "" : "~";
  const figures = [figure("requests", about + count(summary.requests)),
    figure("failed", about + count(summary.errors), summary.errors > 0),
    figure("of requests failed", share(summary.errors, summary.requests), summary.errors > 0)];
  if (summary.duration_ms)
    for (const [name, value] of Object.entries(summary.duration_ms)) figures.push(figure(name, duration(value)));
  figures.push(figure("events kept", about + count(summary.events)));
  $("figures").replaceChildren(...figures);
  chart.draw(summary);
  const any = summary.journal.events > 0;
  $("from").textContent = any ? moment(summary.from, 0) + " UTC" : "";
  $("to").textContent = any ? moment(summary.to, 0) + " UTC" : "";
  $("journal").textContent = `${count(summary.journal.events)} events in ${count(summary.journal.frames)} frames`;
  for (const button of document.querySelectorAll("[data-span]"))
    button.setAttribute("aria-pressed", String(state.since === null && state.until === null && button.dataset.span === state.span));
  showProblems(summary.problems);
  if (summary.exact) showValues(summary);
}

function showProblems(problems) {
  $("problems").hidden = problems.length === 0;
  const heading = problems.length === 1 ? "One part of the journal cannot be read" : `${problems.length} parts of the journal cannot be read`;
  $("problems").querySelector("summary").textContent = heading + "; all else is here.";
  $("problems").querySelector("ul").replaceChildren(...problems.map(sentence => make("li", {}, sentence)));
}

function bar(requests, errors, most) {
  const svg = svgElement("svg", {viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true"});
  svg.append(svgElement("rect", {class: "all", width: 100 * requests / most, height: 1}),
    svgElement("rect", {class: "failed", width: 100 * errors / most, height: 1}));
  return svg;
}

function showValues(summary) {
  const {by} = summary;
  if (!by) return $("values").replaceChildren();
  const most = Math.max(1e-9, ...by.values.map(value => value.requests));
  const row = (name, value, word) => {
    const button = make("button", {type: "button", title: `${name}: ${count(value.requests)} requests, ${share(value.errors, value.requests)} failed`},
      bar(value.requests, value.errors, Math.max(most, value.requests)), make("span", {class: "name"}, name),
      make("span", {class: "count"}, count(value.requests)),
      make("span", {class: value.errors > 0 ? "share bad" : "share"}, value.errors > 0 ? share(value.errors, value.requests) : "–"));
    if (word) button.addEventListener("click", () => addWord(word));
    else button.disabled = true;
    return make("li", {}, button);
  };
  const rows = by.values.map(value => row(value.value === null ? "(none)" : plain(value.value) || "(empty)", value, wordFor(by.field, value.value)));
  if (by.others) rows.push(row("(all others)", by.others, null));
  $("values").replaceChildren(...rows);
}

// ---- the events

function about(fields) {
  const error = fields.get("error.message") ?? fields.get("error.type");
  const parts = [];
  for (const key of ["http.request.method", "http.route", "http.response.status_code", "user.id"])
    if (fields.has(key)) parts.push(fields.get(key));
  if (!parts.length) {
    const stamped = /^(timestamp|name|duration_ms|outcome|trace_id|span_id|parent_span_id|event_id|service\..*|sample_.*|schema_version|error\..*)$/;
    for (const [key, value] of fields) if (!stamped.test(key) && parts.length < 3) parts.push(`${key}=${value}`);
  }
  const element = make("span", {class: "about"});
  if (error) element.append(make("b", {}, error), " ");
  element.append(parts.join(" · "));
  return element;
}

function eventRow(event, index) {
  const fields = fieldsOf(event);
  return make("li", {role: "option", id: "event-" + index, "aria-selected": "false", class: event.failed ? "failed" : "",
    on: {click: () => { choose(index); open(event.id); }}},
    make("span", {class: "dot", title: fields.get("outcome") ?? ""}), make("span", {class: "time"}, event.time === null ? "" : moment(event.time)),
    make("span", {class: "name"}, fields.get("name") ?? ""),
    make("span", {class: "duration"}, duration(parseFloat(fields.get("duration_ms")))), about(fields));
}

function showEvents(answer, append = false) {
  const kept = !append && chosen >= 0 ? events[chosen]?.id : null;
  events = append ? events.concat(answer.events) : answer.events;
  older = answer.more;
  const begin = append ? events.length - answer.events.length : 0;
  const rows = answer.events.map((event, i) => eventRow(event, begin + i));
  if (append) $("events").append(...rows);
  else $("events").replaceChildren(...rows);
  $("more").hidden = !older;
  $("nothing").hidden = events.length !== 0;
  $("nothing").textContent = state.q || state.errors || state.since !== null || state.span ?
    "No event is like that. Take a word away, or widen the span of time." : "There are no events yet. They appear here as they are written.";
  const known = new Set(kSummaryOrder);
  for (const event of events.slice(0, 50)) for (const [key] of event.fields) known.add(key);
  $("keys").replaceChildren(...[...known].sort().slice(0, 500).map(key => make("option", {value: key})));
  if (!append) choose(kept ? events.findIndex(event => event.id === kept) : -1, false);
}

function choose(index, scroll = true) {
  $("event-" + chosen)?.setAttribute("aria-selected", "false");
  chosen = index;
  const row = $("event-" + index);
  if (!row) return $("events").removeAttribute("aria-activedescendant");
  row.setAttribute("aria-selected", "true");
  $("events").setAttribute("aria-activedescendant", row.id);
  if (scroll) row.scrollIntoView({block: "nearest"});
}

async function showOlder() {
  if (!older || !events.length) return;
  older = false;
  try {
    showEvents(await ask("/api/events", {...terms(), limit: 100, before: events[events.length - 1].id}), true);
  } catch (error) {
    if (error.name !== "AbortError") $("failure").textContent = error.message;
  }
}

// ---- one event

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
    const value = word ? make("button", {type: "button", title: "search for " + word, on: {click: () => addWord(word)}}, plain(text)) : pretty(text);
    return make("tr", key.startsWith("error.") ? {class: "error"} : {}, make("th", {scope: "row"}, key), make("td", {}, value));
  }));
  showTrace(event);
  $("event").hidden = false;
  $("event").scrollTop = 0;
}

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

// ---- what people do

function change(changes) {
  Object.assign(state, changes);
  writeAddress();
  $("search").value = state.q;
  $("errors").checked = state.errors;
  $("by").value = state.by;
  refresh();
}

function addWord(word) {
  if (matchMedia("(max-width: 760px)").matches) close();
  if (!state.q.includes(word)) change({q: (state.q + " " + word).trim()});
}

$("search-form").addEventListener("submit", event => {
  event.preventDefault();
  change({q: $("search").value.trim()});
  $("events").focus();
});
$("search").addEventListener("search", () => { if ($("search").value.trim() !== state.q) change({q: $("search").value.trim()}); });
$("by-form").addEventListener("submit", event => { event.preventDefault(); change({by: $("by").value.trim() || "name"}); });
$("by").addEventListener("change", () => { if ($("by").value.trim() !== state.by) change({by: $("by").value.trim() || "name"}); });
$("errors").addEventListener("change", () => change({errors: $("errors").checked}));
for (const button of document.querySelectorAll("[data-span]"))
  button.addEventListener("click", () => change({span: button.dataset.span, since: null, until: null}));
$("more").addEventListener("click", showOlder);
$("close").addEventListener("click", close);
addEventListener("popstate", () => {
  readAddress();
  refresh();
  if (state.id) open(state.id); else $("event").hidden = true;
});

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
  if (event.key === "Escape") {
    if (!$("event").hidden) close();
    else document.activeElement?.blur();
    return;
  }
  if (typing) return;
  const step = {ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 15, PageUp: -15}[event.key];
  if (event.key === "/") $("search").select(), $("search").focus();
  else if (event.key === "e") change({errors: !state.errors});
  else if (step && events.length) {
    choose(Math.max(0, Math.min(events.length - 1, chosen < 0 ? 0 : chosen + step)));
    if (!$("event").hidden) open(events[chosen].id);
    if (chosen >= events.length - 5) showOlder();
  } else if (event.key === "Enter" && chosen >= 0 && !(event.target instanceof HTMLButtonElement)) open(events[chosen].id);
  else return;
  event.preventDefault();
});

readAddress();
refresh();
if (state.id) open(state.id);
setTimeout(poll, kPollEvery);
