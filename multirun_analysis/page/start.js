
/* ---- What is filtered and open is in the address, behind `#?`, and taken up from there. ---- */

function keepInAddress(main, { field, lists }) {
  function write() {
    const state = new URLSearchParams();
    if (field.value) state.set("search", field.value);
    for (const [name, list] of lists) if (list.selectedIndex) state.set(name, list.value);
    for (const button of main.querySelectorAll(".open[aria-expanded=true]")) {
      state.append("open", button.closest("tr").dataset.named);
    }
    if (!state.size && !location.hash.startsWith("#?")) return;
    history.replaceState(null, "", `#${state.size ? `?${state}` : ""}`);
  }

  function read() {
    if (!location.hash.startsWith("#?")) return;
    const state = new URLSearchParams(location.hash.slice(2));
    field.value = state.get("search") ?? "";
    field.dispatchEvent(new Event("input"));
    for (const [name, list] of lists) {
      list.value = state.get(name) ?? "";
      list.dispatchEvent(new Event("change"));
    }
    for (const button of main.querySelectorAll(".open")) {
      const wanted = state.getAll("open").includes(button.closest("tr").dataset.named);
      if (wanted !== (button.ariaExpanded === "true")) button.click();
    }
  }

  read();
  main.addEventListener("shown", write);
  main.addEventListener("opened", write);
  addEventListener("hashchange", read);
}

const live = document.querySelector(".live");
if (live) setTimeout(() => location.reload(), 1000 * live.dataset.reload); // which keeps the address, and the place

const main = document.getElementById("table");
const rowOf = settings.map((setting, index) => main.tBodies[0].rows[index]);
settings.forEach((setting, index) => {
  rowOf[index].dataset.named = setting.name;
  makeOpenable(rowOf[index], setting);
});
const equipped = [...document.querySelectorAll("table")].map((table) => equip(table));
linkFigures(rowOf, equipped[0]);
keepInAddress(main, equipped[0]);
