"use strict";
(() => {
  const of = (id) => document.getElementById(id);
  const rows = Array.from(of("rows").rows);
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const nodes = Array.from(document.querySelectorAll("[data-field]"));
  const links = Array.from(document.querySelectorAll(".link"));
  const wanted = { text: "", via: "", tenant: "", gallery: "" };

  function fits(row, text) {
    return (!wanted.text || text.includes(wanted.text))
      && (!wanted.via || row.dataset.via === wanted.via)
      && (!wanted.tenant || row.dataset.tenant === wanted.tenant)
      && (!wanted.gallery || row.dataset.gallery.split(" ").includes(wanted.gallery));
  }

  function show() {
    let count = 0;
    rows.forEach((row, at) => {
      row.hidden = !fits(row, texts[at]);
      count += row.hidden ? 0 : 1;
    });
    of("count").textContent = `${count} of ${rows.length} permissions`;
    of("via").value = wanted.via;
    of("tenant").value = wanted.tenant;
    for (const node of nodes) {
      const isOn = wanted[node.dataset.field] === node.dataset.value;
      node.setAttribute("aria-pressed", String(isOn));
    }
    for (const link of links) {
      link.classList.toggle("off", wanted.via !== "" && !link.classList.contains(wanted.via));
    }
  }

  function press(node) {
    const { field, value } = node.dataset;
    wanted[field] = wanted[field] === value ? "" : value;
    show();
  }

  for (const node of nodes) {
    node.addEventListener("click", () => press(node));
    if (node.tagName !== "BUTTON") {
      node.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          press(node);
        }
      });
    }
  }
  of("text").addEventListener("input", (event) => { wanted.text = event.target.value.trim().toLowerCase(); show(); });
  of("via").addEventListener("change", (event) => { wanted.via = event.target.value; show(); });
  of("tenant").addEventListener("change", (event) => { wanted.tenant = event.target.value; show(); });
  of("filter").addEventListener("reset", () => { Object.keys(wanted).forEach((name) => { wanted[name] = ""; }); setTimeout(show); });
  of("filter").addEventListener("submit", (event) => event.preventDefault());
  show();
})();
