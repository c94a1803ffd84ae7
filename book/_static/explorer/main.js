/* Starts the explorer: colours of the theme, equations that light up, and the three parts. */
(function () {
  "use strict";
  const explorer = (window.explorer = window.explorer || {});
  const repainted = [];
  const html = document.documentElement;

  explorer.frames = []; // ms that each picture took

  /** Call a function whenever the colour scheme changes. */
  explorer.onTheme = (repaint) => { repainted.push(repaint); repaint(); };

  function colours(palettes) {
    const palette = palettes[html.dataset.theme === "dark" ? "dark" : "light"];
    for (const [name, value] of Object.entries(palette)) html.style.setProperty(`--ex-${name}`, value);
  }

  /** The equation of that name, taken from where it stands for readers without scripts. */
  explorer.equation = (name) =>
    document.querySelector(`.ex-equation-${name}`) || explorer.element("div", { hidden: true });

  const waiting = new Map();
  /** Light up equations whose part has just run. */
  explorer.light = function (names) {
    for (const name of names) {
      const there = document.querySelector(`.ex-equation-${name}`);
      if (!there) continue;
      there.classList.add("ex-lit");
      clearTimeout(waiting.get(name));
      waiting.set(name, setTimeout(() => there.classList.remove("ex-lit"), 700));
    }
  };

  explorer.start = function () {
    const told = JSON.parse(document.getElementById("explorer-data").textContent);
    html.classList.add("ex-on");
    colours(told.palettes);
    new MutationObserver(() => { colours(told.palettes); repainted.forEach((f) => f()); })
      .observe(html, { attributes: true, attributeFilter: ["data-theme"] });
    const parts = { digits: told.digits, walk: told.digits, lattices: told.lattices };
    for (const [name, data] of Object.entries(parts)) {
      const root = document.querySelector(`.explorer-${name}`);
      if (root && data) explorer[name](root, data);
    }
    explorer.told = told;
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", explorer.start);
  else explorer.start();
})();
