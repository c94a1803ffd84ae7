/* Filters of the ledger, a button a verdict. Without this script every row is shown. */
document.addEventListener("DOMContentLoaded", () => {
  const table = document.getElementById("tbl-claims");
  if (!table) return;
  let heading = null;
  let claim = ["", ""];
  const tests = [];
  for (const row of table.tBodies[0].rows) {
    const badge = row.cells[5].querySelector(".sd-badge");
    if (!badge) {
      heading = row;
      continue;
    }
    if (row.cells[0].textContent.trim()) claim = [row.cells[0].innerHTML, row.cells[1].innerHTML];
    tests.push({ row, heading, claim, verdict: badge.textContent });
  }

  /* A claim that several recipes test is told in the first of its rows that is shown. */
  const show = (verdict) => {
    let last = null;
    const open = new Set();
    for (const test of tests) {
      test.row.hidden = verdict !== null && test.verdict !== verdict;
      if (test.row.hidden) continue;
      const told = test.claim !== last;
      [0, 1].forEach((i) => (test.row.cells[i].innerHTML = told ? test.claim[i] : ""));
      last = test.claim;
      open.add(test.heading);
    }
    for (const test of tests) test.heading.hidden = !open.has(test.heading);
  };

  const bar = document.createElement("div");
  bar.className = "ledger-filters";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Show claims by verdict");
  const add = (words, verdict) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words;
    button.setAttribute("aria-pressed", String(verdict === null));
    button.addEventListener("click", () => {
      for (const other of bar.children) other.setAttribute("aria-pressed", String(other === button));
      show(verdict);
    });
    bar.append(button);
  };
  const counts = new Map();
  for (const { verdict } of tests) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  add(`all ${tests.length}`, null);
  for (const [verdict, count] of counts) add(`${count} ${verdict}`, verdict);
  (table.closest(".pst-scrollable-table-container") ?? table).before(bar);
});
