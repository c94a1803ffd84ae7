/* Draw a digit: two measurements in, the product of experts, the cluster, both measurements out. */
(function () {
  "use strict";
  const explorer = (window.explorer = window.explorer || {});
  const { element, svg } = explorer;
  const SIDE = 28, PEN = 1.15; // pixels; the pen is about as wide as the strokes of MNIST

  /** Normal noise that is the same at every visit. */
  function normals(count, seed) {
    const uniform = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return (seed + 1) / 4294967297;
    };
    return Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
  }

  /** An image moved by whole pixels so that its centre of mass is in the middle, as MNIST's are. */
  explorer.centred = function (image) {
    let mass = 0, row = 0, column = 0;
    image.forEach((v, i) => { mass += v; row += v * Math.floor(i / SIDE); column += v * (i % SIDE); });
    if (!mass) return image;
    const down = Math.round((SIDE - 1) / 2 - row / mass), right = Math.round((SIDE - 1) / 2 - column / mass);
    return image.map((_, i) => {
      const r = Math.floor(i / SIDE) - down, c = (i % SIDE) - right;
      return r < 0 || c < 0 || r >= SIDE || c >= SIDE ? 0 : image[r * SIDE + c];
    });
  };

  /** A square that is drawn on by pointer or by keys. */
  class Pad {
    constructor(changed) {
      this.image = new Array(SIDE * SIDE).fill(0);
      this.changed = changed;
      this.pen = [14, 14];
      this.canvas = element("canvas", { width: SIDE, height: SIDE, class: "ex-image ex-pad", tabindex: 0, role: "application",
        "aria-label": "Drawing area. Arrow keys move the pen, with space they draw, Delete clears.",
        onpointerdown: (e) => this.down(e), onpointermove: (e) => this.move(e),
        onpointerup: () => (this.last = null), onpointercancel: () => (this.last = null),
        onkeydown: (e) => this.key(e), onkeyup: (e) => { if (e.key === " ") this.inking = false; },
        onblur: () => { this.inking = false; this.paint(); }, onfocus: () => this.paint() });
    }

    at(event) {
      const box = this.canvas.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
    }

    down(event) {
      this.canvas.setPointerCapture(event.pointerId);
      this.last = this.at(event);
      this.stroke(this.last, this.last);
    }

    move(event) {
      if (!this.last) return;
      const now = this.at(event);
      this.stroke(this.last, now);
      this.last = now;
    }

    key(event) {
      const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
      if (step) {
        const from = this.pen.slice();
        this.pen = this.pen.map((v, i) => Math.min(Math.max(v + step[i], 1), SIDE - 1));
        if (this.inking) this.stroke(from, this.pen);
        else this.paint();
      } else if (event.key === " ") {
        this.inking = true;
        this.stroke(this.pen, this.pen);
      } else if (event.key === "Delete" || event.key === "Backspace") this.set(this.image.map(() => 0));
      else return;
      event.preventDefault();
    }

    /* ink falls off around the line from a to b, over one pixel */
    stroke(a, b) {
      const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1, along = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
      this.set(this.image.map((old, i) => {
        const x = (i % SIDE) + 0.5 - a[0], y = Math.floor(i / SIDE) + 0.5 - a[1];
        const s = Math.min(Math.max(x * along[0] + y * along[1], 0), length);
        const far = Math.hypot(x - s * along[0], y - s * along[1]);
        return Math.max(old, Math.min(Math.max(PEN + 0.5 - far, 0), 1));
      }));
    }

    set(image) {
      this.image = Array.from(image);
      this.paint();
      this.changed();
    }

    paint() {
      explorer.paint(this.canvas, this.image);
      if (document.activeElement !== this.canvas || !this.canvas.matches(":focus-visible")) return;
      const context = this.canvas.getContext("2d");
      context.fillStyle = explorer.colour("--ex-image");
      context.fillRect(Math.floor(this.pen[0]) - 1, Math.floor(this.pen[1]) - 1, 2, 2);
    }
  }

  /** The Gaussians of each latent dimension: one a measurement, and their product, filled. */
  class Product {
    constructor(model, colours) {
      this.model = model;
      const [W, row] = [240, 50];
      this.node = explorer.drawing(W, row * model.latent, "Gaussians of each latent dimension: one for each measurement, and their product.");
      this.edges = Array.from({ length: model.latent }, (_, j) => {
        const all = model.means.map((m) => m[j]), low = Math.min(...all), high = Math.max(...all), spare = 0.12 * (high - low) + 1;
        return [low - spare, high + spare];
      });
      this.rows = this.edges.map((_, j) => {
        const base = row * (j + 1) - 9, inside = svg("g");
        this.node.append(svg("path", { d: `M22,${base}H${W}`, class: "ex-axis" }),
          svg("text", { x: 0, y: base - 12, class: "ex-tick ex-name" }, `Z${"₁₂₃₄₅₆₇₈₉"[j]}`),
          ...model.means.map((m, c) => svg("circle", { cx: this.x(j, m[j]), cy: base + 4.5, r: 2.2, fill: colours[c] })), inside);
        return { base, inside, high: row - 16 };
      });
    }

    x(j, value) {
      const [low, high] = this.edges[j];
      return 22 + (Math.min(Math.max((value - low) / (high - low), 0), 1)) * 218;
    }

    show(parts, q) {
      const steps = Array.from({ length: 41 }, (_, i) => (i - 20) / 5.5);
      this.rows.forEach(({ base, inside, high }, j) => {
        const bell = (g, attributes) => {
          const x = steps.map((s) => this.x(j, g.mean[j] + s * Math.exp(0.5 * g.logVariance[j])));
          const y = steps.map((s) => base - high * Math.exp(-0.5 * s * s));
          return svg("path", { d: explorer.path(x, y), ...attributes });
        };
        inside.replaceChildren(
          bell(q, { fill: "var(--ex-both)", "fill-opacity": 0.28, stroke: "var(--ex-both)", "stroke-width": 1.6 }),
          ...Object.entries(parts).map(([name, g]) => bell(g, { fill: "none", stroke: `var(--ex-${name})`, "stroke-width": 2 })));
      });
    }
  }

  explorer.digits = function (root, told) {
    const model = new explorer.Model(told.model), order = told.order;
    const examples = told.examples.map((text) => Array.from(explorer.levels(text), (v) => v / 63));
    const colours = told.names.map((_, c) => `var(--ex-class-${told.shades[c]})`);
    const on = { image: true, curve: true }, noise = normals(model.t.length, 7);
    let slope = 3, spread = 0.5, parts = {}, busy = false;
    const stale = new Set(["image", "curve"]);

    const measured = () => model.t.map((t, k) => slope * t + spread * noise[k]);
    const pad = new Pad(() => { stale.add("image"); update(); });
    const product = new Product(model, colours);
    const bars = new explorer.Bars(order.map((c) => told.names[c]), order.map((c) => colours[c]),
      { about: "Probability of each cluster: from Z, and below it the mean-field optimum." });
    const axes = { x: [0, 1], y: [-2, 11], xTicks: [[0, "0"], [0.5, "0.5"], [1, "1"]], yTicks: [[0, "0"], [5, "5"], [10, "10"]], xLabel: "t" };
    const given = new explorer.Plot({ ...axes, about: "The curve that is measured.", yLabel: "X₂" });
    const out = new explorer.Plot({ ...axes, about: "The curve that the model expects, with its 95 % band.", yLabel: "X₂" });
    const decoded = explorer.canvas(SIDE, "The image that the decoder makes of the latent point.");
    const verdict = element("p", { class: "ex-verdict" }), spoken = element("p", { class: "ex-spoken", "aria-live": "polite" });
    const clock = element("p", { class: "ex-clock" });

    const change = (name) => () => { stale.add(name); update(); };
    const slopes = explorer.slider("slope", { min: -1, max: 10, step: 0.1, value: slope, shown: (v) => v.toFixed(1) }, (v) => { slope = v; change("curve")(); });
    const noises = explorer.slider("noise", { min: 0, max: 3, step: 0.1, value: spread, shown: (v) => v.toFixed(1) }, (v) => { spread = v; change("curve")(); });
    const boxes = {};
    const box = (name, words) => {
      boxes[name] = element("input", { type: "checkbox", checked: true, onchange: () => {
        on[name] = boxes[name].checked;
        for (const other of Object.keys(boxes)) boxes[other].disabled = on[other] && Object.values(on).filter(Boolean).length === 1;
        update();
      } });
      return element("label", { class: `ex-switch ex-of-${name}` }, boxes[name], words);
    };
    const example = (i) => { slopes.set(told.slopes[i]); slope = told.slopes[i]; stale.add("curve"); pad.set(examples[i]); };
    const buttons = examples.map((image, i) => {
      const picture = element("canvas", { width: SIDE, height: SIDE, "aria-hidden": "true" });
      explorer.onTheme(() => explorer.paint(picture, image));
      return element("button", { type: "button", class: "ex-example", "aria-label": `Example of a ${told.slopes[i]}, with its slope`, onclick: () => example(i) }, picture);
    });

    root.replaceChildren(element("div", { class: "ex-columns" },
      element("section", { class: "ex-panel", "aria-label": "Measurements" },
        element("h3", {}, "Measure"), box("image", "image X₁"),
        element("div", { class: "ex-padbox" }, pad.canvas), verdict,
        element("div", { class: "ex-examples", role: "group", "aria-label": "Example digits" }, ...buttons),
        element("button", { type: "button", class: "ex-button", onclick: () => pad.set(pad.image.map(() => 0)) }, "Clear"),
        box("curve", "curve X₂"), given.node, slopes.node, noises.node),
      element("section", { class: "ex-panel", "aria-label": "Inference" },
        element("h3", {}, "Infer"), explorer.equation("encoder"), explorer.equation("poe"), product.node,
        element("p", { class: "ex-key" }, element("span", { class: "ex-of-image" }, "image"), element("span", { class: "ex-of-curve" }, "curve"), element("span", { class: "ex-of-both" }, "product")),
        explorer.equation("responsibilities"), explorer.equation("mean-field"), bars.node,
        element("p", { class: "ex-key" }, "full: p(c|Z) · open: q*(c)")),
      element("section", { class: "ex-panel", "aria-label": "Prediction" },
        element("h3", {}, "Predict"), explorer.equation("decoder"), decoded, explorer.equation("expert"), out.node, clock)), spoken);

    function compute() {
      const began = performance.now(), seen = {};
      if (on.image) seen.image = explorer.centred(pad.image);
      if (on.curve) seen.curve = measured();
      const ran = Object.keys(seen).filter((name) => stale.has(name) || !parts[name]);
      for (const name of Object.keys(parts)) if (!on[name]) delete parts[name];
      for (const name of ran) parts[name] = model.encode(name, seen[name]);
      stale.clear();
      const found = model.answer({ ...parts }, seen.curve || null);
      const role = on.image && on.curve ? "both" : on.image ? "image" : "curve";
      given.clear();
      given.dots(model.t, measured(), { fill: "var(--ex-curve)", opacity: on.curve ? 1 : 0.25 });
      product.show(parts, found.q);
      bars.show(order.map((c) => found.fromZ[c]), order.map((c) => found.meanField[c]));
      explorer.paint(decoded, found.image);
      explorer.showCurve(out, model.t, found.curve, role, on.curve ? measured() : null);
      say(found, role);
      explorer.light([...(ran.length ? ["encoder"] : []), "poe", "responsibilities", "mean-field", "decoder", "expert"]);
      const took = performance.now() - began;
      explorer.frames.push(took);
      clock.textContent = `This picture took ${took.toFixed(1)} ms here.`;
    }

    let later;
    function say(found, role) {
      const best = found.meanField.indexOf(Math.max(...found.meanField)), z = found.fromZ.indexOf(Math.max(...found.fromZ));
      const source = { both: "Image and curve", image: "The image alone", curve: "The curve alone" }[role];
      verdict.replaceChildren(element("strong", { style: `border-color: ${colours[best]}` }, told.names[best]), `${explorer.percent(found.meanField[best])} by q*(c)`);
      clearTimeout(later);
      later = setTimeout(() => { spoken.textContent = `${source}: cluster ${told.names[best]} with ${explorer.percent(found.meanField[best])} by the mean-field optimum; from Z alone cluster ${told.names[z]} with ${explorer.percent(found.fromZ[z])}.`; }, 500);
    }

    function update() {
      if (busy) return;
      busy = true;
      requestAnimationFrame(() => { busy = false; compute(); });
    }

    explorer.onTheme(() => { pad.paint(); update(); });
    example(3);
  };
})();
