// What the page writes: elements, numbers, times, and JSON texts for people. Everything that it shows of an event is text:
// elements are made, HTML is never parsed.
"use strict";

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
