/* Sets the formulas of a page with KaTeX. One that is wider than the page is broken between its terms, then made
   smaller, and then it scrolls. */
(() => {
  "use strict";
  const SMALLEST = 0.65; // of the size of the text; what is wider still scrolls

  // A browser may not let a page that was opened from a disk load fonts.
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL(
    "../../katex/" + (location.protocol === "file:" ? "katex-embedded.css" : "katex.min.css"),
    document.currentScript.src,
  );
  style.onload = () => document.fonts.ready.then(fit);
  document.head.append(style);

  function formula(box) {
    const number = box.querySelector(":scope > .eqno");
    number?.remove();
    const text = box.textContent.trim();
    const display = box.tagName === "DIV";
    const place = document.createElement(display ? "div" : "span");
    const inner = /^\\[[(]/.test(text) ? text.slice(2, -2) : text;
    katex.render(inner, place, { displayMode: display, throwOnError: false });
    place.className = "formula";
    box.replaceChildren(...(number ? [number, place] : [place]));
  }

  function fit() {
    for (const place of document.querySelectorAll("div.math > .formula")) {
      place.style.fontSize = "";
      place.classList.remove("broken");
      if (place.scrollWidth <= place.clientWidth) continue;
      place.classList.add("broken");
      for (let size = 0.95; place.scrollWidth > place.clientWidth && size >= SMALLEST; size -= 0.03)
        place.style.fontSize = `${size}em`;
    }
    document.dispatchEvent(new Event("press:laid-out"));
  }

  window.pressFormulas = (root) => root.querySelectorAll(".math").forEach(formula);
  window.pressFormulas(document);
  window.addEventListener("resize", fit);
  window.addEventListener("beforeprint", fit);
})();
