// The page over a journal: what is looked at, the server that is asked, the overview and the list, and what people do.
"use strict";

const kPollEvery = 2000;  // Milliseconds, and at least five times as long as an answer takes.
const kSummaryOrder = ["name", "http.route", "http.response.status_code", "user.id", "service.name"];

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

function figure(name, text, bad = false, about = "") {
  return make("div", bad ? {class: "bad"} : {}, make("dt", about ? {title: "the 95 % interval: most of the requests were sampled away"} : {}, name + about),
    make("dd", {}, text));
}

// Nothing where the figure was not left to chance.
const interval = ([low, high]) => low < high ? `, ${count(Math.floor(low))} to ${count(Math.ceil(high))}` : "";

const lossText = one => `${count(one.events)} events of ${one.rule ?? "no rule"} that stood for ${count(one.requests)} requests: ${one.reason}`;

function showSummary(summary) {
  if (summary.exact) version = summary.version;
  const about = summary.exact ? "" : "~";
  const {requests, errors} = summary.intervals ?? {requests: [0, 0], errors: [0, 0]};
  const figures = [figure("requests", about + count(summary.requests), false, interval(requests)),
    figure("failed", about + count(summary.errors), summary.errors > 0, interval(errors)),
    figure("of requests failed", share(summary.errors, summary.requests), summary.errors > 0)];
  if (summary.duration_ms)
    for (const [name, value] of Object.entries(summary.duration_ms)) figures.push(figure(name, duration(value)));
  figures.push(figure("events kept", about + count(summary.events)));
  const lost = summary.lost.reduce((sum, one) => sum + one.events, 0);
  if (lost > 0) figures.push(make("div", {class: "bad"}, make("dt", {title: summary.lost.map(lossText).join("; ")}, "events lost, figures corrected"), make("dd", {}, count(lost))));
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
  const name = fields.get("name") ?? "";
  for (const key of ["http.request.method", "http.route", "http.response.status_code", "url.path", "user.id"])
    if (fields.has(key) && !name.includes(fields.get(key))) parts.push(fields.get(key));
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
  $("events").focus({preventScroll: true});
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
