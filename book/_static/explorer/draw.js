/* Elements and small pictures: made here, coloured by the theme's variables. */
(function () {
  "use strict";
  const explorer = (window.explorer = window.explorer || {});
  const SVG = "http://www.w3.org/2000/svg";

  function fill(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }

  /** An element of HTML: element("button", {type: "button", onclick: f}, "text"). */
  explorer.element = (tag, attributes = {}, ...children) =>
    fill(document.createElement(tag), attributes, children);

  /** An element of SVG. */
  explorer.svg = (tag, attributes = {}, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);

  /** A drawing of so many units that fills the width it is given. */
  explorer.drawing = (width, height, about) =>
    explorer.svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": about });

  explorer.path = (x, y) => "M" + x.map((value, i) => `${value.toFixed(1)},${y[i].toFixed(1)}`).join("L");

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  explorer.colour = colour;

  /** Black or white, whichever is easier to read on a colour. */
  explorer.legible = function (hex) {
    const [r, g, b] = rgb(hex).map((v) => (v / 255) ** 2.2);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#14181e" : "#ffffff";
  };

  /** Grey values of a square image on a canvas of as many pixels; photographs keep black and white. */
  explorer.paint = function (canvas, values, photograph = false) {
    const side = canvas.width, context = canvas.getContext("2d");
    const ends = photograph ? ["#000000", "#ffffff"] : [colour("--ex-paper"), colour("--ex-ink")];
    const [low, high] = ends.map(rgb), picture = context.createImageData(side, side);
    for (let i = 0; i < side * side; i++) {
      const x = Math.min(Math.max(values[i], 0), 1);
      for (let k = 0; k < 3; k++) picture.data[4 * i + k] = low[k] + x * (high[k] - low[k]);
      picture.data[4 * i + 3] = 255;
    }
    context.putImageData(picture, 0, 0);
  };

  explorer.canvas = (side, about) =>
    explorer.element("canvas", { width: side, height: side, role: "img", "aria-label": about, class: "ex-image" });

  /** Axes with ticks, and a function that redraws what stands between them. */
  explorer.Plot = class {
    constructor({ about, x, y, xTicks, yTicks, xLabel, yLabel }) {
      const [W, H, left, bottom] = [240, 150, 34, 30];
      this.node = explorer.drawing(W, H, about);
      this.x = (value) => left + ((value - x[0]) / (x[1] - x[0])) * (W - left - 8);
      this.y = (value) => H - bottom - ((value - y[0]) / (y[1] - y[0])) * (H - bottom - 8);
      const text = (word, a) => explorer.svg("text", a, word);
      for (const [value, word] of xTicks) {
        this.node.append(text(word, { x: this.x(value), y: H - bottom + 13, class: "ex-tick", "text-anchor": "middle" }));
      }
      for (const [value, word] of yTicks) {
        const at = this.y(value);
        this.node.append(explorer.svg("path", { d: `M${left},${at}H${W - 8}`, class: "ex-rule" }),
          text(word, { x: left - 5, y: at + 4, class: "ex-tick", "text-anchor": "end" }));
      }
      this.node.append(text(xLabel, { x: (left + W - 8) / 2, y: H - 3, class: "ex-tick", "text-anchor": "middle" }));
      const middle = (H - bottom + 8) / 2;
      this.node.append(text(yLabel, { x: 9, y: middle, class: "ex-tick", "text-anchor": "middle", transform: `rotate(-90 9 ${middle})` }));
      this.inside = explorer.svg("g");
      this.node.append(this.inside);
      this.edges = y;
    }

    clear() { this.inside.replaceChildren(); }

    /* what leaves the picture runs along its edge */
    within(y) { return y.map((v) => this.y(Math.min(Math.max(v, this.edges[0]), this.edges[1]))); }

    line(x, y, attributes) {
      this.inside.append(explorer.svg("path", { d: explorer.path(x.map(this.x), this.within(y)), fill: "none", ...attributes }));
    }

    band(x, low, high, attributes) {
      const there = x.map(this.x), back = [...there].reverse();
      const d = explorer.path([...there, ...back], [...this.within(high), ...this.within(low).reverse()]);
      this.inside.append(explorer.svg("path", { d: d + "Z", ...attributes }));
    }

    dots(x, y, attributes) {
      this.within(y).forEach((at, i) =>
        this.inside.append(explorer.svg("circle", { cx: this.x(x[i]), cy: at, r: 2.2, ...attributes })));
    }
  };

  /** Mean, band of 95 % and, where there is one, the measurement. */
  explorer.showCurve = function (plot, t, { mean, deviation }, role, measured) {
    plot.clear();
    const low = mean.map((m, k) => m - 1.96 * deviation[k]), high = mean.map((m, k) => m + 1.96 * deviation[k]);
    plot.band(t, low, high, { fill: `var(--ex-${role})`, opacity: 0.22 });
    plot.line(t, mean, { stroke: `var(--ex-${role})`, "stroke-width": 2.2 });
    if (measured) plot.line(t, measured, { stroke: "var(--ex-ink)", "stroke-width": 1.2, "stroke-dasharray": "3 3" });
  };

  const percent = (p) => (p > 0.9995 ? "100" : p < 0.0005 ? "0" : (100 * p).toPrecision(p < 0.01 ? 1 : p > 0.1 ? 3 : 2).replace(/\.0+$/, "")) + " %";
  explorer.percent = percent;

  /** Bars of probabilities, one row a cluster: a full one above, and an open one below if there are two. */
  explorer.Bars = class {
    constructor(names, colours, { about, open = true }) {
      const [W, row, left, right] = [240, open ? 21 : 17, names.some((n) => n.length > 2) ? 52 : 16, 44];
      this.length = W - left - right;
      this.node = explorer.drawing(W, row * names.length + 2, about);
      this.rows = names.map((name, i) => {
        const top = i * row + 2, high = open ? 8 : 13;
        const full = explorer.svg("rect", { x: left, y: top, height: high, rx: 1.5, width: 0, fill: colours[i] });
        const line = explorer.svg("rect", { x: left, y: top + 10, height: 6, rx: 1.5, width: 0, fill: colours[i], "fill-opacity": 0.25, stroke: colours[i], "stroke-width": 1 });
        const word = explorer.svg("text", { x: W, y: top + 11, class: "ex-tick", "text-anchor": "end" });
        this.node.append(
          explorer.svg("text", { x: left - 5, y: top + 12, class: "ex-tick ex-name", "text-anchor": "end" }, name),
          explorer.svg("path", { d: `M${left},${top - 1}V${top + high + (open ? 9 : 1)}`, class: "ex-rule" }),
          full, word, ...(open ? [line] : []));
        return { full, line, word };
      });
    }

    show(solid, hollow) {
      this.rows.forEach((row, i) => {
        row.full.setAttribute("width", solid[i] * this.length);
        if (hollow) row.line.setAttribute("width", hollow[i] * this.length);
        row.word.textContent = solid[i] < 0.005 && !(hollow && hollow[i] >= 0.005) ? "" : percent(solid[i]);
      });
    }
  };

  /** A labelled slider that says its value. */
  explorer.slider = function (words, { min, max, step, value, shown = String }, change) {
    const output = explorer.element("output", {}, shown(value));
    const input = explorer.element("input", { type: "range", min, max, step, value, "aria-label": words,
      oninput: () => { output.textContent = shown(+input.value); input.setAttribute("aria-valuetext", shown(+input.value)); change(+input.value); } });
    const node = explorer.element("label", { class: "ex-slider" }, explorer.element("span", {}, words), input, output);
    const set = (v) => { input.value = v; output.textContent = shown(v); };
    return { node, input, set };
  };
})();
