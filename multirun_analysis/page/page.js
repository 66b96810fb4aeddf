"use strict";

const { points, trial: TRIAL } = JSON.parse(document.getElementById("details").textContent);
const MANY = 6; // rows from which on a table is searched and filtered
const MOST_VALUES = 30; // of a key that can be chosen from a list
const SVG = "http://www.w3.org/2000/svg";

/* An element with attributes and children; text is text, never markup. */
function make(name, attributes = {}, ...children) {
  const node = name in { svg: 1, path: 1, text: 1, title: 1 } ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value !== false && value != null) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/* ---- Values: a cell's first number, else its words; null where there is nothing. ---- */

const NUMBER = /^(?:([<>]) |\[)?(-?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w.])/i;

function readCell(text) {
  const [, bound, digits] = NUMBER.exec(text) ?? [];
  if (text === "" || digits === "-") return null;
  if (!digits) return text;
  return Number(digits.replaceAll(",", "")) * (1 + (bound === ">") * 1e-9 - (bound === "<") * 1e-9);
}

function order(a, b) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/* ---- A table: sorted by its headers, filtered by its keys and by words, copied as CSV. ---- */

function equip(table) {
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, place) => ({ row, place, cells: [...row.cells].map((cell) => cell.textContent.trim()) }));
  const heads = [...table.querySelectorAll("thead th[data-place]")].sort((a, b) => a.dataset.place - b.dataset.place);
  const status = make("output", { "aria-live": "polite" });
  const chosen = new Map();
  let words = [];

  function show() {
    let shown = 0;
    for (const { row, cells, text } of rows) {
      const fits = [...chosen].every(([place, value]) => cells[place] === value) && words.every((word) => text.includes(word));
      row.hidden = !fits;
      if (row.nextSibling?.className === "details") row.nextSibling.hidden = !fits;
      shown += fits;
    }
    status.value = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
  }

  function sort(head) {
    const descending = head.ariaSort === "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.ariaSort = descending ? "descending" : "ascending";
    const place = head.dataset.place;
    const keyed = rows.map((item) => [readCell(item.cells[place]), item]);
    const known = keyed.filter(([value]) => value !== null).sort(([a], [b]) => (descending ? order(b, a) : order(a, b)));
    const sorted = [...known, ...keyed.filter(([value]) => value === null)];
    body.append(...sorted.flatMap(([, { row }]) => (row.nextSibling?.className === "details" ? [row, row.nextSibling] : [row])));
    rows.splice(0, rows.length, ...sorted.map(([, item]) => item));
  }

  function write() {
    const quote = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const lines = rows.filter(({ row }) => !row.hidden).map(({ cells }) => heads.map((head) => cells[head.dataset.place]));
    return [heads.map((head) => head.dataset.name), ...lines].map((line) => line.map(quote).join(",")).join("\n") + "\n";
  }

  for (const item of rows) item.text = [...item.row.querySelectorAll("th, .left")].map((cell) => cell.textContent).join(" ").toLowerCase();
  for (const head of heads) {
    const button = make("button", { class: "sort", type: "button", click: () => sort(head) });
    button.append(...head.childNodes);
    head.append(button);
  }
  const tools = make("div", { class: "tools" });
  if (rows.length >= MANY) {
    tools.append(make("input", {
      type: "search", placeholder: "Search", "aria-label": `Search: ${table.caption.textContent}`,
      input: (event) => { words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean); show(); },
    }));
    for (const head of heads.filter((head) => "key" in head.dataset)) {
      const place = head.dataset.place;
      const values = [...new Set(rows.map(({ cells }) => cells[place]))].sort((a, b) => order(readCell(a), readCell(b)));
      if (values.length < 2 || values.length > MOST_VALUES) continue;
      const select = make("select", {
        change: () => { if (select.selectedIndex) chosen.set(place, select.value); else chosen.delete(place); show(); },
      }, make("option", { value: "" }, "all"), ...values.map((value) => make("option", { value }, value)));
      tools.append(make("label", {}, `${head.dataset.name} `, select));
    }
  }
  tools.append(copier("Copy as CSV", write), rows.length >= MANY ? status : "");
  table.closest(".box").before(tools);
  show();
  stick(table);
}

/* Keep the columns that say which row this is in sight, as far as they leave room for others. */
function stick(table) {
  const box = table.closest(".box");
  const place = () => {
    for (const cell of table.querySelectorAll(".stuck")) cell.classList.remove("stuck");
    const keys = [...table.rows[0].cells].filter((cell) => "key" in cell.dataset);
    const widths = keys.map((cell) => cell.offsetWidth);
    let left = 0;
    widths.forEach((width, column) => {
      if (column && left + width > box.clientWidth / 2) return;
      if (column) {
        for (const row of [table.rows[0], ...table.tBodies[0].rows]) {
          if (row.className === "details") continue;
          row.cells[column].classList.add("stuck");
          row.cells[column].style.left = `${left}px`;
        }
      }
      left += width;
    });
  };
  new ResizeObserver(place).observe(box);
}

/* ---- Copying. ---- */

function copier(label, write) {
  const button = make("button", { type: "button", class: "copy", click: () => copy(write(), button, label) }, label);
  return button;
}

async function copy(text, button, label) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page from a mail may not be trusted with the clipboard itself
    const area = make("textarea", {}, text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1500);
}

/* ---- What opens below a point. ---- */

function openable(row, place) {
  const point = points[place];
  const cell = row.cells[0];
  const button = make("button", {
    class: "open", type: "button", "aria-expanded": "false", "aria-label": `${cell.textContent}: open ${point.name}`,
    click: () => {
      const opened = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!opened));
      if (opened) row.nextSibling.remove();
      else row.after(make("tr", { class: "details" }, make("td", { colspan: row.cells.length }, draw(point, row.closest(".box")))));
    },
  });
  button.append(...cell.childNodes);
  cell.append(button);
}

function draw(point, box) {
  const parts = [];
  if (point.curve) parts.push(make("div", {}, make("h3", {}, `${point.name}: training error`), drawCurve(point)));
  if (point.trials) {
    const more = point.all_trials - point.trials.length;
    const caption = more ? `The first ${point.trials.length} of ${point.all_trials} trials` : "Trials";
    const heads = TRIAL.map((name) => name.replaceAll("_", " "));
    parts.push(make("div", { class: "scroll" }, list(caption, heads, point.trials.map((row) => row.map((value) => value?.toLocaleString("en") ?? "-")))));
  }
  if (point.samples) {
    const cells = point.samples.map(([input, target, answer]) => [input, target, answer].map((text, column) =>
      make("td", { class: column === 2 && answer !== target ? "text differs" : "text" }, text)));
    const short = point.samples.every((texts) => texts.join("").length < 40);
    parts.push(make("div", { class: short ? "" : "wide" }, list("Test sequences; bold: not the target", ["input", "target", "prediction"], cells, "left")));
  }
  const lines = point.commands.map((text) => make("div", { class: "command" }, make("code", {}, text), copier("Copy", () => text)));
  parts.push(make("div", { class: "wide" }, make("h3", {}, "To make it again"), ...lines));
  const panel = make("div", { class: "panel" }, ...parts);
  panel.style.width = `${box.clientWidth}px`;
  return panel;
}

function list(caption, heads, rows, look = "") {
  const cell = (value) => (value instanceof Node ? value : make("td", {}, value));
  return make("table", {}, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col", class: look }, head)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map(cell)))));
}

/* A band between the quartiles and a line of medians; sequences across, training error up. */
function drawCurve({ name, curve: [sequences, low, median, high] }) {
  const [width, height, left, bottom] = [440, 210, 46, 38];
  const top = Math.max(...high, 20) > 500 ? 1000 : Math.max(...high, 20) > 200 ? 500 : 200;
  const end = sequences.at(-1) || 1;
  const x = (value) => (left + (value / end) * (width - left - 14)).toFixed(1);
  const y = (value) => (8 + (1 - value / top) * (height - bottom - 8)).toFixed(1);
  const path = (values) => sequences.map((place, index) => `${x(place)},${y(values[index])}`);
  const step = 10 ** Math.floor(Math.log10(end)) * ([0.2, 0.25, 0.5, 1, 2].find((size) => end / 10 ** Math.floor(Math.log10(end)) / size <= 4.5) ?? 2);
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });
  const label = (text, at) => make("text", at, text);
  const svg = make("svg", { class: "curve", viewBox: `0 0 ${width} ${height}`, role: "img" },
    make("title", {}, `Training error of ${name}: median from ${median[0] / 10} % to ${median.at(-1) / 10} % after ${end.toLocaleString("en")} sequences`));
  for (const share of [0, 0.5, 1]) {
    svg.append(make("path", { class: "axis", d: `M${left} ${y(share * top)}H${width - 14}` }),
      label(`${(share * top) / 10} %`, { x: left - 6, y: Number(y(share * top)) + 4, "text-anchor": "end" }));
  }
  for (let place = 0; place <= end * 1.0001; place += step) {
    svg.append(label(short.format(place), { x: x(place), y: height - bottom + 16, "text-anchor": "middle" }));
  }
  svg.append(
    label("training sequences; line: median over trials, band: quartiles", { x: left, y: height - 4 }),
    make("path", { class: "band", d: `M${path(high).join("L")}L${path(low).reverse().join("L")}Z` }),
    make("path", { class: "median", d: `M${path(median).join("L")}` }),
  );
  return svg;
}

for (const table of document.querySelectorAll("table")) {
  if (table.id === "table") [...table.tBodies[0].rows].slice(0, points.length).forEach(openable);
  equip(table);
}
