// The tables are in the page already: which one is shown, sorting by a column, choosing a method.

function prepareTables() {
  for (const grid of document.querySelectorAll(".sheet[data-table] table")) {
    grid.rowsAsGiven = [...grid.querySelectorAll("tbody tr")];
    for (const row of grid.rowsAsGiven) row.querySelector(".pick")?.addEventListener("click", () => choose({ row: row.dataset.row }));
    for (const button of grid.querySelectorAll(".sort")) button.addEventListener("click", () => choose({ sort: nextSort(button.id) }));
  }
}

// Highest first, lowest first, as given.
function nextSort(id) {
  if (asked.sort === `${id}-down`) return `${id}-up`;
  return asked.sort === `${id}-up` ? "" : `${id}-down`;
}

function drawTables({ table, row }) {
  for (const sheet of document.querySelectorAll(".sheet[data-table]")) {
    sheet.hidden = sheet.dataset.table !== table.id;
    if (sheet.hidden) continue;
    sheet.querySelectorAll("table").forEach(sortTable);
    for (const line of sheet.querySelectorAll("[data-row]")) {
      if (line.dataset.row === row.label) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
  }
}

// Empty cells come last either way; rows with the same value stay as given.
function sortTable(grid) {
  const buttons = [...grid.querySelectorAll(".sort")];
  const column = buttons.findIndex((button) => asked.sort.startsWith(`${button.id}-`));
  const sign = asked.sort.endsWith("-up") ? 1 : -1;
  const value = (row) => row.querySelectorAll("td")[column].dataset.order;
  const rows = [...grid.rowsAsGiven];
  if (column >= 0) {
    rows.sort((one, other) => {
      const [left, right] = [value(one), value(other)];
      if (left === undefined || right === undefined) return (left === undefined) - (right === undefined);
      return sign * (left - right);
    });
  }
  const focused = document.activeElement;
  grid.querySelector("tbody").append(...rows);
  if (grid.contains(focused)) focused.focus({ preventScroll: true });
  buttons.forEach((button, number) => {
    button.parentElement.setAttribute("aria-sort", number !== column ? "none" : sign > 0 ? "ascending" : "descending");
  });
}
