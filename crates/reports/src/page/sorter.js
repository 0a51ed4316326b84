document.querySelectorAll("table.sortable").forEach(function (table) {
  var heads = table.tHead.rows[0].cells, body = table.tBodies[0];
  Array.prototype.forEach.call(heads, function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    while (head.firstChild) button.appendChild(head.firstChild);
    head.appendChild(button);
    button.addEventListener("click", function () {
      var down = head.getAttribute("aria-sort") !== "descending";
      Array.prototype.forEach.call(heads, function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      var key = function (row) {
        var cell = row.cells[column], number = cell.getAttribute("data-v");
        return number === null ? cell.textContent : number === "" ? null : Number(number);
      };
      var rows = Array.prototype.slice.call(body.rows).map(function (row) { return [key(row), row]; });
      rows.sort(function (a, b) {
        if (a[0] === null || b[0] === null) return (a[0] === null) - (b[0] === null);
        var order = typeof a[0] === "number" ? a[0] - b[0] : a[0].localeCompare(b[0], document.documentElement.lang);
        return down ? -order : order;
      });
      rows.forEach(function (pair) { body.appendChild(pair[1]); });
    });
  });
});
