/* What is wider than the page: tables become cards where there is no room; what still scrolls can be reached by
   the keyboard, and fades where it goes on. */
(() => {
  "use strict";
  const PHONE = 600; // px
  const BOXES = ".pst-scrollable-table-container, div.math > .formula, div.highlight > pre, .cell_output, .sig-wrap";
  const article = document.querySelector("article");
  if (!article) return;

  /** Gives each cell of a table its column's words, so that a row can be shown as a card. */
  function label(table) {
    const heads = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    for (const row of table.tBodies[0].rows)
      [...row.cells].forEach((cell, i) => (cell.dataset.label = heads[i] || ""));
  }

  const simple = (table) =>
    table.tHead?.rows.length === 1 && table.tBodies.length === 1 && !table.querySelector("[colspan], [rowspan]");

  /** Shows a table as cards if the window is a phone's and the table is wider than it. */
  function cards(table) {
    const box = table.parentElement;
    table.classList.remove("cards");
    if (innerWidth > PHONE || !simple(table) || box.scrollWidth <= box.clientWidth + 1) return;
    if (!table.dataset.labelled) label(table);
    table.dataset.labelled = "yes";
    table.classList.add("cards");
  }

  function mark(box) {
    const hidden = box.scrollWidth - box.clientWidth;
    const scrolls = hidden > 0 && getComputedStyle(box).overflowX !== "visible";
    box.classList.toggle("scrolls", scrolls);
    box.classList.toggle("goes-on", scrolls && box.scrollLeft < hidden - 2);
    if (scrolls && !box.hasAttribute("tabindex")) {
      box.tabIndex = 0;
      box.dataset.focusable = "yes";
      if (!box.hasAttribute("role")) box.setAttribute("role", "group");
      box.setAttribute("aria-label", "scrolls sideways");
    } else if (!scrolls && box.dataset.focusable) {
      ["tabindex", "role", "aria-label", "data-focusable"].forEach((name) => box.removeAttribute(name));
    }
  }

  function lay() {
    article.querySelectorAll(".pst-scrollable-table-container > table").forEach(cards);
    article.querySelectorAll(BOXES).forEach(mark);
  }

  article.addEventListener("scroll", (event) => event.target.matches?.(BOXES) && mark(event.target), true);
  article.addEventListener("toggle", lay, true);
  for (const [target, name] of [[window, "resize"], [window, "load"], [document, "press:laid-out"]])
    target.addEventListener(name, lay);
  lay();
})();
