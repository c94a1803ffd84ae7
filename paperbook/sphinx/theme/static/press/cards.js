/* Shows what a link to a term, a source or an equation leads to, when the pointer rests on it or the keyboard
   reaches it. Escape closes; the card can be pointed at. */
(() => {
  "use strict";
  const WAIT = 150; // ms
  const LINKS = "article a.reference[href*='#'], article a.internal[href*='#']";
  const here = document.currentScript.src;
  const root = new URL("../../", here).href;
  const card = document.createElement("div");
  card.className = "hovercard";
  card.id = "hovercard";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  document.body.append(card);
  let owner, timer, loading;

  /** The cards, loaded once, by a script, which works from a disk too. */
  const data = () =>
    (loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL("cards-data.js", here);
      script.onload = () => resolve(window.pressCards);
      script.onerror = reject;
      document.head.append(script);
    }));

  /** The script of formulas, on a page that has none of its own. */
  function formulas() {
    if (window.pressFormulas || !card.querySelector(".math")) return;
    for (const name of ["../../katex/katex.min.js", "mathematics.js"]) {
      const script = document.createElement("script");
      script.src = new URL(name, here);
      script.async = false;
      script.onload = () => window.pressFormulas && place();
      document.head.append(script);
    }
  }

  function place() {
    if (!owner) return;
    const at = owner.getClientRects()[0];
    const left = Math.min(at.left, document.documentElement.clientWidth - card.offsetWidth - 8);
    const below = at.bottom + card.offsetHeight + 8 < innerHeight;
    card.style.left = `${Math.max(8, left) + scrollX}px`;
    card.style.top = `${(below ? at.bottom + 4 : at.top - card.offsetHeight - 4) + scrollY}px`;
  }

  async function show(link) {
    const cards = await data();
    const html = cards[decodeURIComponent(link.href.split("?")[0].replace(root, ""))];
    if (!html || !link.matches(":hover, :focus")) return;
    owner?.removeAttribute("aria-describedby");
    owner = link;
    card.innerHTML = html;
    card.setAttribute("aria-label", link.textContent.trim());
    card.hidden = false;
    link.removeAttribute("title");
    link.setAttribute("aria-describedby", card.id);
    if (window.pressFormulas) window.pressFormulas(card);
    else formulas();
    place();
  }

  function hide() {
    clearTimeout(timer);
    owner?.removeAttribute("aria-describedby");
    owner = undefined;
    card.hidden = true;
  }

  const later = (what) => (clearTimeout(timer), (timer = setTimeout(what, WAIT)));
  const link = (event) => event.target.closest?.(LINKS);
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return; // a touch follows the link
    const found = link(event);
    if (found) later(() => show(found));
    else if (card.contains(event.target)) clearTimeout(timer);
    else if (owner) later(hide);
    else clearTimeout(timer);
  });
  document.addEventListener("focusin", (event) => {
    const found = link(event);
    if (found?.matches(":focus-visible")) show(found);
    else if (owner) hide();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
})();
