"use strict";

const { settings, trial: TRIAL } = JSON.parse(document.getElementById("details").textContent);
const MANY = 6; // rows from which on a table is searched and filtered
const MOST_VALUES = 30; // of a key that can be chosen from a list
const SVG = "http://www.w3.org/2000/svg";
const DRAWN = ["svg", "path", "text", "title", "g"];

/* An element with attributes and children; text is text, never markup. */
function make(name, attributes = {}, ...children) {
  const node = DRAWN.includes(name) ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else node.setAttribute(key, value);
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

/* ---- What is copied: a column of numbers, and what they are bounds of in columns of its own. ---- */

const INTERVAL = /^\[(\S+), (\S+)\]$/;

function split(name, texts) {
  const plain = texts.map((text) => {
    const number = text.replace(/^> /, "").replace(/^(\d+) of \d+$/, "$1");
    return number === "-" ? "" : /^[\d,.]+$/.test(number) ? number.replaceAll(",", "") : number;
  });
  if (texts.some((text) => INTERVAL.test(text))) {
    return ["low", "high"].map((end, index) => [`${name} ${end}`, texts.map((text) => INTERVAL.exec(text)?.[index + 1] ?? "")]);
  }
  if (!texts.some((text) => /^> [\d,]+$/.test(text))) return [[name, plain]];
  return [[name, plain], [`${name} censored`, texts.map((text) => String(text.startsWith("> ")))]];
}

/* ---- A table: sorted by its headers, filtered by its keys and by words, copied as CSV. ---- */

function equip(table) {
  const heads = [...table.querySelectorAll("thead th[data-column]")].sort((a, b) => a.dataset.column - b.dataset.column);
  const keys = heads.filter((head) => "key" in head.dataset);
  const rows = [...table.tBodies[0].rows].map((row) => {
    const cells = [...row.cells].map((cell) => cell.textContent.trim());
    const words = [...row.querySelectorAll("th, .left")].map((cell) => cell.textContent);
    const named = keys.map(({ dataset: { name, column } }) => `${name}=${cells[column]}`);
    return { row, cells, words: [...words, ...named].join(" ").toLowerCase() };
  });
  const status = make("output", { "aria-live": "polite" });
  const chosen = new Map();
  let searched = [];
  const field = make("input", { type: "search", placeholder: "Search", "aria-label": `Search: ${table.caption.textContent}` });
  const lists = new Map();

  const opened = (row) => (row.nextSibling?.className === "details" ? [row.nextSibling] : []);

  function show() {
    let shown = 0;
    for (const { row, cells, words } of rows) {
      const fits = [...chosen].every(([column, value]) => cells[column] === value)
        && searched.every((word) => words.includes(word));
      for (const part of [row, ...opened(row)]) part.hidden = !fits;
      shown += fits;
    }
    table.dispatchEvent(new CustomEvent("shown"));
    status.value = !shown ? "No match" : `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
  }

  function sort(head) {
    const descending = head.ariaSort === "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.ariaSort = descending ? "descending" : "ascending";
    for (const item of rows) item.value = readCell(item.cells[head.dataset.column]);
    const known = rows.filter(({ value }) => value !== null);
    known.sort((a, b) => (descending ? order(b.value, a.value) : order(a.value, b.value)));
    rows.splice(0, rows.length, ...known, ...rows.filter(({ value }) => value === null));
    table.tBodies[0].append(...rows.flatMap(({ row }) => [row, ...opened(row)]));
  }

  function write() {
    const quote = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const shown = rows.filter(({ row }) => !row.hidden);
    const columns = heads.flatMap(({ dataset: { name, column } }) => split(name, shown.map(({ cells }) => cells[column])));
    const lines = [columns.map(([name]) => name), ...shown.map((_, row) => columns.map(([, values]) => values[row]))];
    return lines.map((line) => `${line.map(quote).join(",")}\n`).join("");
  }

  field.addEventListener("input", () => {
    searched = field.value.toLowerCase().split(/\s+/);
    show();
  });

  function choose({ dataset: { name, column } }) {
    const values = [...new Set(rows.map(({ cells }) => cells[column]))];
    if (values.length < 2 || values.length > MOST_VALUES) return "";
    values.sort((a, b) => order(readCell(a), readCell(b)));
    const options = values.map((value) => make("option", { value }, value));
    const select = make("select", {}, make("option", { value: "" }, "all"), ...options);
    select.addEventListener("change", () => {
      if (select.selectedIndex) chosen.set(column, select.value);
      else chosen.delete(column);
      show();
    });
    lists.set(name, select);
    return make("label", {}, `${name} `, select);
  }

  for (const head of heads) {
    const button = make("button", { class: "sort", type: "button", click: () => sort(head) });
    button.append(...head.childNodes);
    head.append(button);
  }
  const filters = rows.length < MANY ? [] : [field, ...keys.map(choose)];
  const tools = make("div", { class: "tools" }, ...filters, makeCopier("Copy as CSV", write), makeReach(table));
  if (filters.length) tools.append(status);
  table.closest(".box").before(tools);
  show();
  new ResizeObserver(() => stick(table)).observe(table.closest(".box"));
  return { field, lists, keys, rows: rows.slice() };
}

/* Where columns do not fit: how many there are to the right, one click away; and back to the first. */
function makeReach(table) {
  const box = table.closest(".box");
  const button = make("button", { type: "button", class: "reach", hidden: "" });
  function look() {
    const right = box.getBoundingClientRect().right + 1;
    const heads = [...table.querySelectorAll("thead th[data-column]")];
    const count = heads.filter((head) => head.getBoundingClientRect().right > right).length;
    button.hidden = box.scrollWidth <= box.clientWidth + 1;
    button.textContent = count ? `${count} more column${count > 1 ? "s" : ""} \u2192` : "\u2190 First columns";
    button.value = count;
  }
  button.addEventListener("click", () => {
    box.scrollTo({ left: Number(button.value) ? box.scrollLeft + box.clientWidth / 2 : 0 });
  });
  box.addEventListener("scroll", look, { passive: true });
  new ResizeObserver(look).observe(box);
  return button;
}

/* Keep the columns that say which row this is in sight, as far as they leave room for others. */
function stick(table) {
  const rows = [table.rows[0], ...table.tBodies[0].rows].filter((row) => row.className !== "details");
  const keys = [...rows[0].cells].filter((cell) => "key" in cell.dataset);
  const widths = keys.map((cell) => cell.offsetWidth);
  const room = table.closest(".box").clientWidth / 2;
  let left = 0;
  widths.forEach((width, column) => {
    left += width;
    if (column === 0) return;
    for (const { cells } of rows) {
      cells[column].classList.toggle("stuck", left <= room);
      cells[column].style.left = `${left - width}px`;
    }
  });
}

/* ---- Copying. ---- */

function makeCopier(label, write) {
  const button = make("button", { type: "button", class: "copy" }, label);
  button.addEventListener("click", async () => {
    await copy(write());
    button.focus();
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = label; }, 1500);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page from a mail may not be trusted with the clipboard itself
    const area = make("textarea", {}, text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/* ---- What opens below a setting. ---- */

function makeOpenable(row, setting) {
  const cell = row.cells[0];
  const label = `${cell.textContent}: open ${setting.name}`;
  const button = make("button", { class: "open", type: "button", "aria-expanded": "false", "aria-label": label });
  button.append(...cell.childNodes);
  button.addEventListener("click", () => {
    const opened = button.ariaExpanded === "true";
    button.ariaExpanded = String(!opened);
    if (opened) row.nextSibling.remove();
    else row.after(make("tr", { class: "details" }, make("td", { colspan: row.cells.length }, draw(setting, row))));
    row.dispatchEvent(new CustomEvent("opened", { bubbles: true }));
  });
  cell.append(button);
}

function draw(setting, row) {
  const parts = [];
  if (setting.curve) parts.push(make("div", {}, make("h3", {}, `${setting.name}: training error`), drawCurve(setting)));
  if (setting.trials) parts.push(make("div", { class: "scroll" }, listTrials(setting)));
  if (setting.samples) {
    const short = setting.samples.every((texts) => texts.join("").length < 40);
    parts.push(make("div", { class: short ? "" : "wide" }, listSamples(setting)));
  }
  const commands = setting.commands.map((text) =>
    make("div", { class: "command" }, make("code", {}, text), makeCopier("Copy", () => text)));
  parts.push(make("div", { class: "wide" }, make("h3", {}, "Reproduce this setting"), ...commands));
  const panel = make("div", { class: "panel" }, ...parts);
  panel.style.width = `${row.closest(".box").clientWidth}px`;
  return panel;
}

function listTrials({ trials, all_trials: all }) {
  const caption = trials.length < all ? `The first ${trials.length} of ${all} trials` : "Trials";
  const write = (value) => make("td", {}, value?.toLocaleString("en") ?? "-");
  return list(caption, TRIAL.map((name) => name.replaceAll("_", " ")), trials.map((trial) => trial.map(write)));
}

function listSamples({ samples }) {
  const rows = samples.map(([input, target, answer]) => [
    make("td", { class: "text" }, input),
    make("td", { class: "text" }, target),
    make("td", { class: answer === target ? "text" : "text differs" }, answer),
  ]);
  return list("Test sequences; bold: not the target", ["input", "target", "prediction"], rows, "left");
}

function list(caption, heads, rows, look = "") {
  const names = heads.map((head) => make("th", { scope: "col", class: look }, head));
  return make("table", {}, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...names)),
    make("tbody", {}, ...rows.map((cells) => make("tr", {}, ...cells))));
}

/* Axes for training error in thousandths over sequences, and what tells a place on them. */
function drawAxes(last, most, label, [width, height]) {
  const [left, right, top, bottom] = [46, 14, 8, 38];
  const highest = [200, 500, 1000].find((error) => error >= most);
  const x = (seen) => left + (seen / last) * (width - left - right);
  const y = (error) => top + (1 - error / highest) * (height - top - bottom);
  const svg = make("svg", { class: "curve", viewBox: `0 0 ${width} ${height}`, role: "img" });
  for (const error of [0, highest / 2, highest]) {
    svg.append(make("path", { class: "axis", d: `M${left} ${y(error)}H${width - right}` }),
      make("text", { x: left - 6, y: y(error) + 4, "text-anchor": "end" }, `${error / 10} %`));
  }
  const magnitude = 10 ** Math.floor(Math.log10(last));
  const step = magnitude * [0.2, 0.25, 0.5, 1, 2, 2.5].find((size) => last / (magnitude * size) <= 4.5);
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });
  for (let seen = 0; seen <= last; seen += step) {
    svg.append(make("text", { x: x(seen), y: height - bottom + 16, "text-anchor": "middle" }, short.format(seen)));
  }
  svg.append(make("text", { x: left, y: height - 4 }, `training sequences; ${label}`));
  const path = (seen, errors) => errors.map((error, index) => `${x(seen[index]).toFixed(1)},${y(error).toFixed(1)}`);
  return { svg, path };
}

/* A band between the quartiles and a line of medians. */
function drawCurve({ name, curve: [sequences, low, median, high] }) {
  const last = sequences.at(-1) || 1;
  const [before, after] = [median[0], median.at(-1)].map((error) => `${error / 10} %`);
  const { svg, path } = drawAxes(last, Math.max(...high), "line: median over trials, band: quartiles", [440, 210]);
  svg.prepend(make("title", {}, `Training error of ${name}: median from ${before} to ${after} after ${last} sequences`));
  svg.append(
    make("path", { class: "band", d: `M${path(sequences, high).join("L")}L${path(sequences, low).reverse().join("L")}Z` }),
    make("path", { class: "median", d: `M${path(sequences, median).join("L")}` }),
  );
  return svg;
}
