/* Lattices: from a tile of a photograph to a stress-strain curve in MPa. */
(function () {
  "use strict";
  const explorer = (window.explorer = window.explorer || {});
  const { element } = explorer;

  explorer.lattices = function (root, told) {
    const model = new explorer.Model(told.model), side = told.side;
    const tiles = told.tiles.map((text) => Array.from(explorer.levels(text), (v) => v / 63));
    const curves = told.measured;
    let chosen = 0, other = tiles.length - 1, share = 0, busy = false;

    const canvas = explorer.canvas(side, "The tile that the encoder sees.");
    const top = 1.15 * Math.max(...curves.flat()), last = model.t[model.t.length - 1], step = top > 80 ? 40 : top > 30 ? 20 : 5;
    const ticks = (most, by) => Array.from({ length: Math.floor(most / by) + 1 }, (_, i) => [i * by, String(i * by)]);
    const plot = new explorer.Plot({ about: "The curve that is expected, with its 95 % band, and the one that was measured.",
      x: [0, last], y: [0, top], xTicks: ticks(last, 5), yTicks: ticks(top, step), xLabel: "strain (%)", yLabel: "stress (MPa)" });
    const bars = new explorer.Bars(told.names, told.names.map((_, c) => `var(--ex-class-${told.shades[c]})`),
      { about: "Probability of each kind, from the tile alone.", open: false });
    const key = element("p", { class: "ex-key" }), spoken = element("p", { class: "ex-spoken", "aria-live": "polite" });

    const pick = (words, first, change) => {
      const buttons = tiles.map((tile, i) => {
        const picture = element("canvas", { width: side, height: side, "aria-hidden": "true" });
        explorer.paint(picture, tile, true);
        return element("button", { type: "button", class: "ex-example ex-tile", "aria-pressed": i === first, "aria-label": `${words} ${told.kinds[i]} ${i + 1}`,
          onclick: () => { buttons.forEach((b, k) => b.setAttribute("aria-pressed", k === i)); change(i); update(); } }, picture);
      });
      return element("div", { class: "ex-examples ex-tiles", role: "group", "aria-label": words }, ...buttons);
    };
    const blend = explorer.slider("mixed with the second", { min: 0, max: 1, step: 0.01, value: 0, shown: (v) => `${Math.round(100 * v)} %` }, (v) => { share = v; update(); });

    root.replaceChildren(element("div", { class: "ex-columns ex-two" },
      element("section", { class: "ex-panel", "aria-label": "Photograph" },
        element("h3", {}, "Photograph"), canvas, pick("Tile of a", chosen, (i) => (chosen = i)),
        blend.node, element("p", { class: "ex-hint" }, "The second tile:"), pick("Second tile, of a", other, (i) => (other = i))),
      element("section", { class: "ex-panel", "aria-label": "Curve" },
        element("h3", {}, "Curve"), explorer.equation("responsibilities-lattice"), bars.node, explorer.equation("expert-lattice"), plot.node, key)), spoken);

    let later;
    function compute() {
      const began = performance.now();
      const image = tiles[chosen].map((v, i) => (1 - share) * v + share * tiles[other][i]);
      const gamma = model.fromZ(model.encode("image", image).mean);
      explorer.paint(canvas, image, true);
      bars.show(gamma);
      explorer.showCurve(plot, model.t, model.moments(gamma), "image", share ? null : curves[chosen]);
      key.textContent = share ? "A mixture of two photographs: nobody has crushed that." : "line and band: from the tile · dashed: the specimen's curve, which the model has not seen";
      explorer.light(["responsibilities-lattice", "expert-lattice"]);
      explorer.frames.push(performance.now() - began);
      clearTimeout(later);
      const best = gamma.indexOf(Math.max(...gamma));
      later = setTimeout(() => { spoken.textContent = `From the tile alone: ${told.names[best]}, with ${explorer.percent(gamma[best])}.`; }, 500);
    }

    function update() {
      if (busy) return;
      busy = true;
      requestAnimationFrame(() => { busy = false; compute(); });
    }

    explorer.onTheme(update);
    update();
  };
})();
