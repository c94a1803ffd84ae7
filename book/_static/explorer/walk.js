/* Walk the latent space: a point among the specimens, what is decoded there, and its clusters. */
(function () {
  "use strict";
  const explorer = (window.explorer = window.explorer || {});
  const { element } = explorer;
  const SIDE = 340, REACH = 138; // of the view and of half the specimens' range, in its own units

  explorer.walk = function (root, told) {
    const model = new explorer.Model(told.model), order = told.order, L = model.latent;
    const flat = explorer.kernel(told.points), points = [];
    for (let i = 0; i < flat.length; i += L) points.push(Array.from(flat.slice(i, i + L)));
    const dimensions = Array.from({ length: Math.min(L, 3) }, (_, j) => j);
    const edges = dimensions.map((j) => { const all = points.map((p) => p[j]); return [Math.min(...all), Math.max(...all)]; });
    const middle = edges.map(([a, b]) => (a + b) / 2), half = Math.max(...edges.map(([a, b]) => (b - a) / 2)) || 1;
    let yaw = 0.6, pitch = 0.35, held = null, busy = false, z = model.means[order[0]].slice();

    const canvas = element("canvas", { class: "ex-space", tabindex: 0, role: "application",
      "aria-label": "Latent space. Arrow keys move the point, with Shift they turn the view.",
      onpointerdown: down, onpointermove: move, onpointerup: () => (held = null), onpointercancel: () => (held = null), onkeydown: key });
    const decoded = explorer.canvas(28, "The image that is decoded at the point.");
    const bars = new explorer.Bars(order.map((c) => told.names[c]), order.map((c) => `var(--ex-class-${told.shades[c]})`),
      { about: "Probability of each cluster at the point.", open: false });
    const curve = new explorer.Plot({ about: "The curve at the point, with its 95 % band.", x: [0, 1], y: [-2, 11],
      xTicks: [[0, "0"], [0.5, "0.5"], [1, "1"]], yTicks: [[0, "0"], [5, "5"], [10, "10"]], xLabel: "t", yLabel: "X₂" });
    const spoken = element("p", { class: "ex-spoken", "aria-live": "polite" });
    const choose = (words, first) => {
      const select = element("select", { "aria-label": words, onchange: slide }, ...order.map((c) => element("option", { value: c }, told.names[c])));
      select.value = first;
      return select;
    };
    const from = choose("from the centre of", order[0]), to = choose("to the centre of", order[order.length - 1]);
    const way = explorer.slider("between two centres", { min: 0, max: 1, step: 0.01, value: 0, shown: (v) => `${Math.round(100 * v)} %` }, slide);

    root.replaceChildren(element("div", { class: "ex-columns ex-two" },
      element("section", { class: "ex-panel ex-wide", "aria-label": "Latent space" }, canvas,
        element("p", { class: "ex-hint" }, "Drag the ring to move the point, anything else to turn the view. Keys: arrows move, Shift and arrows turn."),
        element("div", { class: "ex-between" }, from, way.node, to)),
      element("section", { class: "ex-panel", "aria-label": "At the point" },
        explorer.equation("decoder-walk"), decoded, explorer.equation("responsibilities-walk"), bars.node,
        explorer.equation("expert-walk"), curve.node)), spoken);

    function slide() {
      const a = model.means[from.value], b = model.means[to.value], s = +way.input.value;
      z = a.map((v, j) => v + s * (b[j] - v));
      update();
    }

    /* the view: turned about the vertical axis, then tilted; what is near is a little larger */
    function axes() {
      const [c, s, k, l] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
      return { right: [c, 0, s], up: [s * l, k, -c * l], deep: [-s * k, l, c * k] };
    }

    function project(p, view) {
      const v = [0, 1, 2].map((j) => (j < dimensions.length ? (p[j] - middle[j]) / half : 0));
      const dot = (w) => w[0] * v[0] + w[1] * v[1] + w[2] * v[2];
      const depth = dot(view.deep), size = 1 / (1 - 0.18 * depth);
      return { x: SIDE / 2 + REACH * size * dot(view.right), y: SIDE / 2 - REACH * size * dot(view.up), depth, size };
    }

    /* a step on the screen, as a step in latent space within the plane of the view */
    function shift(dx, dy) {
      const { right, up } = axes();
      z = z.map((v, j) => (j < 3 ? v + (half / REACH) * (dx * right[j] - dy * up[j]) : v));
      update();
    }

    function place(event) {
      const box = canvas.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
    }

    function down(event) {
      canvas.setPointerCapture(event.pointerId);
      const at = place(event), ring = project(z, axes());
      held = { at, point: Math.hypot(at[0] - ring.x, at[1] - ring.y) < 22 };
    }

    function move(event) {
      if (!held) return;
      const now = place(event), dx = now[0] - held.at[0], dy = now[1] - held.at[1];
      held.at = now;
      if (held.point) shift(dx, dy);
      else turn(dx, dy);
    }

    function turn(dx, dy) {
      yaw -= dx / 110;
      pitch = Math.min(Math.max(pitch + dy / 110, -1.5), 1.5);
      update();
    }

    function key(event) {
      const step = { ArrowUp: [0, -6], ArrowDown: [0, 6], ArrowLeft: [-6, 0], ArrowRight: [6, 0] }[event.key];
      if (!step) return;
      event.preventDefault();
      if (event.shiftKey) turn(2 * step[0], 2 * step[1]);
      else shift(...step);
    }

    function paint() {
      const sharp = Math.min(window.devicePixelRatio || 1, 2) * (canvas.clientWidth || SIDE) / SIDE;
      canvas.width = canvas.height = Math.round(SIDE * sharp);
      const context = canvas.getContext("2d"), view = axes();
      context.scale(sharp, sharp);
      const disc = (at, radius) => { context.beginPath(); context.arc(at.x, at.y, radius, 0, 7); };
      const shades = told.names.map((_, c) => explorer.colour(`--ex-class-${told.shades[c]}`));
      const things = points.map((p, i) => ({ at: project(p, view), shade: explorer.colour(`--ex-class-${told.labels[i]}`) }));
      const centres = model.means.map((m, c) => ({ at: project(m, view), shade: shades[c], name: told.names[c] }));
      const [a, b] = [from.value, to.value].map((c) => project(model.means[c], view));
      context.strokeStyle = explorer.colour("--ex-muted");
      context.setLineDash([4, 4]);
      context.beginPath(); context.moveTo(a.x, a.y); context.lineTo(b.x, b.y); context.stroke();
      context.setLineDash([]);
      const nearer = (p, q) => p.at.depth - q.at.depth;
      for (const one of [...things.sort(nearer), ...centres.sort(nearer)]) { // names stay readable
        context.globalAlpha = one.name === undefined ? 0.35 + 0.25 * (one.at.depth + 1) : 1;
        context.fillStyle = one.shade;
        disc(one.at, (one.name === undefined ? 2.1 : 9.5) * one.at.size);
        context.fill();
        if (one.name === undefined) continue;
        context.lineWidth = 1.5;
        context.strokeStyle = explorer.colour("--ex-paper");
        context.stroke();
        context.fillStyle = explorer.legible(one.shade);
        context.font = `600 ${12 * one.at.size}px sans-serif`;
        context.textAlign = "center"; context.textBaseline = "middle";
        context.fillText(one.name, one.at.x, one.at.y);
      }
      context.globalAlpha = 1;
      const ring = project(z, view);
      for (const [width, shade] of [[5, "--ex-paper"], [2.5, "--ex-ink"]]) {
        context.lineWidth = width; context.strokeStyle = explorer.colour(shade);
        disc(ring, 13); context.stroke();
      }
    }

    let later;
    function compute() {
      const began = performance.now(), gamma = model.fromZ(z);
      explorer.paint(decoded, model.decoder(z));
      bars.show(order.map((c) => gamma[c]));
      explorer.showCurve(curve, model.t, model.moments(gamma), "both");
      paint();
      explorer.light(["decoder-walk", "responsibilities-walk", "expert-walk"]);
      explorer.frames.push(performance.now() - began);
      clearTimeout(later);
      const best = gamma.indexOf(Math.max(...gamma));
      later = setTimeout(() => { spoken.textContent = `At this point: cluster ${told.names[best]} with ${explorer.percent(gamma[best])}.`; }, 500);
    }

    function update() {
      if (busy) return;
      busy = true;
      requestAnimationFrame(() => { busy = false; compute(); });
    }

    explorer.onTheme(update);
    slide();
  };
})();
