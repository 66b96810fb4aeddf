
/* ---- Figures, linked to the table: `rowOf` has each setting's row, `table` what equips it. ---- */

const MOST_CURVES = 1000; // that are drawn of the settings that are shown
const LINES = 7; // colours

function linkFigures(rowOf, table) {
  const parts = new Map();
  for (const node of document.querySelectorAll(".figures [data-setting]")) register(node);
  const tip = make("div", { class: "tip", hidden: "" });
  document.body.append(tip);

  function register(node) {
    const setting = Number(node.dataset.setting);
    if (setting >= rowOf.length) return;
    parts.set(setting, [...(parts.get(setting) ?? []), node]);
    for (const line of node.querySelectorAll("path[fill=none]")) {
      if (line.getAttribute("d").split("L").length < 3) { // a bar, which must not cover dots
        line.setAttribute("class", "bar");
        continue;
      }
      const hit = line.cloneNode();
      for (const name of ["stroke", "stroke-width", "stroke-opacity", "stroke-dasharray"]) hit.removeAttribute(name);
      hit.setAttribute("class", "hit"); // wide enough to be pointed at
      node.append(hit);
    }
  }

  function filter() {
    for (const [setting, nodes] of parts) for (const node of nodes) node.classList.toggle("out", rowOf[setting].hidden);
  }

  function light(setting, lit) {
    for (const node of parts.get(setting) ?? []) {
      node.classList.toggle("lit", lit);
      node.closest("svg").classList.toggle("pointed", lit);
    }
    rowOf[setting].classList.toggle("lit", lit);
  }

  let pointed = null;
  function point(event) {
    const node = event.target.closest?.("[data-setting]");
    const setting = node ? Number(node.dataset.setting) : null;
    if (pointed !== null && pointed !== setting) light(pointed, false);
    pointed = setting !== null && setting < rowOf.length ? setting : null;
    tip.hidden = pointed === null;
    if (tip.hidden) return;
    light(pointed, true);
    tip.textContent = [settings[pointed].name, describeTrial(node, event.target)].filter(Boolean).join("\n");
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.min(event.clientX + 14, innerWidth - width - 8)}px`;
    tip.style.top = `${event.clientY + 14 + height < innerHeight ? event.clientY + 14 : event.clientY - height - 10}px`;
  }

  function open(event) {
    const node = event.target.closest?.("[data-setting]");
    const row = node && rowOf[Number(node.dataset.setting)];
    if (!row) return;
    const button = row.querySelector(".open");
    if (button.ariaExpanded === "false") button.click();
    row.scrollIntoView({ block: "center" });
    button.focus({ preventScroll: true });
  }

  for (const box of document.querySelectorAll(".figures")) {
    box.addEventListener("pointermove", point);
    box.addEventListener("pointerleave", point);
    box.addEventListener("click", open);
  }
  for (const note of document.querySelectorAll(".scripted")) note.hidden = false;
  const overview = makeOverview(rowOf, table, parts);
  document.getElementById("table").addEventListener("shown", () => {
    overview();
    filter();
  });
  overview();
  filter();
}

/* Which trial it is that is pointed at, and how it ended: a line of its own, or one of a row of dots. */
function describeTrial(node, target) {
  const trials = settings[Number(node.dataset.setting)].trials ?? [];
  const { seed, part } = node.dataset;
  const dots = part === "dots" ? [...node.querySelectorAll("use")] : [];
  const trial = seed
    ? trials.find(([own]) => String(own) === seed)
    : trials.filter(([, , wrong]) => wrong !== null)[dots.indexOf(target)];
  if (!trial) return "";
  const [own, status, wrong, met] = trial;
  const solved = met === null ? "not solved" : `solved after ${met.toLocaleString("en")} sequences`;
  return `trial of seed ${own}: ${status === "diverged" ? status : `${wrong?.toLocaleString("en") ?? status} wrong, ${solved}`}`;
}

/* Where the figures show some settings only: the median curves of those that the table shows, whichever they are. */
function makeOverview(rowOf, { keys, rows }, parts) {
  const figure = document.getElementById("shown");
  const drawn = new Set([...document.querySelectorAll("#learning_curves [data-setting]")].map((n) => n.dataset.setting));
  if (!figure || settings.length <= drawn.size || settings.length < 2) return () => {};
  const cells = new Map(rows.map((item) => [item.row, item.cells]));
  const values = (column, list) => [...new Set(list.map((setting) => cells.get(rowOf[setting])[column]))];

  return () => {
    const all = settings.flatMap((own, setting) => (own.curve && !rowOf[setting].hidden ? [setting] : []));
    const list = all.slice(0, MOST_CURVES);
    figure.hidden = !list.length;
    if (!list.length) return;
    const columns = keys.map(({ dataset: { column, name } }) => ({ name, found: values(column, list), column }));
    const by = columns.find(({ found }) => found.length > 1 && found.length <= LINES);
    const look = (setting) => (by ? `line c${by.found.indexOf(cells.get(rowOf[setting])[by.column]) + 1}` : "line");
    const last = Math.max(...list.map((setting) => settings[setting].curve[0].at(-1)));
    const most = Math.max(...list.map((setting) => Math.max(...settings[setting].curve[2])));
    const { svg, path } = drawAxes(last, most, "line: a setting, median over its trials", [960, 340]);
    svg.prepend(make("title", {}, `Training error of ${list.length} settings`));
    for (const nodes of parts.values()) nodes.splice(0, nodes.length, ...nodes.filter((node) => !figure.contains(node)));
    for (const setting of list) {
      const [sequences, , median] = settings[setting].curve;
      const d = `M${path(sequences, median).join("L")}`;
      const line = make("g", { "data-setting": setting }, make("path", { class: look(setting), d }), make("path", { class: "hit", d }));
      parts.set(setting, [...(parts.get(setting) ?? []), line]);
      svg.append(line);
    }
    const key = (by?.found ?? []).map((value, index) => make("span", {},
      make("svg", { viewBox: "0 0 16 6" }, make("path", { class: `c${index + 1}`, d: "M0 3H16" })), ` ${by.name}=${value}`));
    const more = all.length > list.length ? ` The first ${list.length} of ${all.length}.` : "";
    const about = `Training error of the settings that the table shows.${more}`;
    figure.replaceChildren(make("div", { class: "key" }, ...key), make("div", { class: "box" }, svg), make("figcaption", {}, about));
  };
}
