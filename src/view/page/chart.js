// The bars of requests over time. A bar that is clicked, or bars that are drawn over, become the span of time.
"use strict";

const kSvg = "http://www.w3.org/2000/svg";

function svgElement(name, attributes) {
  const element = document.createElementNS(kSvg, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

class Chart {
  // `describe(bucket, from, to)` is told which bar the pointer is on (null for none), `choose(from, to)` what was drawn.
  constructor(svg, describe, choose) {
    this.svg = svg;
    this.describe = describe;
    this.choose = choose;
    this.summary = null;
    this.begin = null;
    svg.addEventListener("pointerdown", event => {
      if (event.button !== 0 || !this.summary) return;
      this.begin = this.bucketAt(event);
      svg.setPointerCapture(event.pointerId);
      this.mark(this.begin, this.begin);
    });
    svg.addEventListener("pointermove", event => {
      if (!this.summary) return;
      const bucket = this.bucketAt(event);
      this.describe(this.summary.buckets[bucket], this.timeOf(bucket), this.timeOf(bucket + 1));
      if (this.begin !== null) this.mark(this.begin, bucket);
    });
    svg.addEventListener("pointerup", event => {
      if (this.begin === null) return;
      const end = this.bucketAt(event);
      const first = Math.min(this.begin, end), last = Math.max(this.begin, end);
      this.cancel();
      this.choose(Math.floor(this.timeOf(first)), Math.ceil(this.timeOf(last + 1)));
    });
    svg.addEventListener("pointercancel", () => this.cancel());
    svg.addEventListener("pointerleave", () => this.describe(null));
  }

  cancel() {
    this.begin = null;
    this.svg.querySelector(".range")?.remove();
  }

  bucketAt(event) {
    const box = this.svg.getBoundingClientRect();
    const count = this.summary.buckets.length;
    return Math.max(0, Math.min(count - 1, Math.floor((event.clientX - box.left) / box.width * count)));
  }

  timeOf(bucket) {
    const {from, to, buckets} = this.summary;
    return from + (to - from) * bucket / buckets.length;
  }

  mark(first, last) {
    this.svg.querySelector(".range")?.remove();
    const from = Math.min(first, last);
    this.svg.append(svgElement("rect", {class: "range", x: from, y: 0, width: Math.abs(last - first) + 1, height: 100}));
  }

  draw(summary) {
    this.summary = summary;
    const {buckets} = summary;
    this.svg.setAttribute("viewBox", `0 0 ${buckets.length} 100`);
    const most = Math.max(1e-9, ...buckets.map(([good, bad]) => good + bad));
    const bars = buckets.map(([good, bad], i) => {
      const group = svgElement("g", {});
      // An error is never too few to be seen.
      const badHeight = bad > 0 ? Math.max(2, bad / most * 96) : 0;
      const goodHeight = good > 0 ? Math.max(.7, good / most * 96) : 0;
      group.append(svgElement("rect", {class: "hit", x: i, y: 0, width: 1, height: 100}));
      group.append(svgElement("rect", {class: "good", x: i + .1, width: .8, y: 100 - badHeight - goodHeight, height: goodHeight}));
      group.append(svgElement("rect", {class: "bad", x: i + .1, width: .8, y: 100 - badHeight, height: badHeight}));
      return group;
    });
    this.svg.replaceChildren(...bars);
    this.svg.classList.toggle("quick", !summary.exact);
  }
}
