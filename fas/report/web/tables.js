// The tables are in the page already: which one is shown, sorting by a column, choosing a method.

function prepareTables() {
  for (const sheet of document.querySelectorAll(".sheet[data-table]")) {
    const rows = [...sheet.querySelectorAll("tbody tr")];
    rows.forEach((row) => row.querySelector(".pick").addEventListener("click", () => choose({ row: row.dataset.row })));
    sheet.querySelectorAll(".sort").forEach((button, column) => button.addEventListener("click", () => choose({ sort: nextSort(column) })));
    sheet.rowsAsGiven = rows;
  }
}

// Highest first, lowest first, as given.
function nextSort(column) {
  if (asked.sort === `${column}-down`) return `${column}-up`;
  return asked.sort === `${column}-up` ? "" : `${column}-down`;
}

function drawTables({ table, row }) {
  for (const sheet of document.querySelectorAll(".sheet[data-table]")) {
    sheet.hidden = sheet.dataset.table !== table.id;
    if (sheet.hidden) continue;
    sortSheet(sheet);
    for (const line of sheet.rowsAsGiven) {
      if (line.dataset.row === row.label) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
  }
}

// Empty cells come last either way; rows with the same value stay as given.
function sortSheet(sheet) {
  const [column, direction] = asked.sort.split("-");
  const sign = direction === "up" ? 1 : -1;
  const value = (row) => row.querySelectorAll("td")[column]?.dataset.order;
  const rows = [...sheet.rowsAsGiven];
  if (direction) {
    rows.sort((one, other) => {
      const [left, right] = [value(one), value(other)];
      if (left === undefined || right === undefined) return (left === undefined) - (right === undefined);
      return sign * (left - right);
    });
  }
  const focused = document.activeElement;
  sheet.querySelector("tbody").append(...rows);
  if (sheet.contains(focused)) focused.focus({ preventScroll: true });
  sheet.querySelectorAll(".sort").forEach((button, number) => {
    const state = direction && Number(column) === number ? (sign > 0 ? "ascending" : "descending") : "none";
    button.parentElement.setAttribute("aria-sort", state);
  });
}
