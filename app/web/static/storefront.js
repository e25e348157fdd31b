// Makes the pages quicker. Everything works without it.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const say = (text) => { byId("said").textContent = text; };

  // Suggestions as you type: the combobox pattern of the ARIA practices.
  const suggest = (form) => {
    const field = form.querySelector("input[type=search]");
    const list = document.createElement("ul");
    list.className = "suggested"; list.id = "suggested"; list.hidden = true; list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.placeholder);
    form.append(list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": "suggested", "aria-autocomplete": "list" })) field.setAttribute(name, value);
    let chosen = -1, asked = 0, timer = 0;
    const close = () => { list.hidden = true; chosen = -1; field.setAttribute("aria-expanded", "false"); field.removeAttribute("aria-activedescendant"); };
    const choose = (index) => {
      const rows = [...list.children];
      chosen = rows.length ? (index + rows.length) % rows.length : -1;
      rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
      if (chosen >= 0) field.setAttribute("aria-activedescendant", rows[chosen].id);
    };
    const go = (row) => { location.href = row.dataset.url; };
    const ask = async () => {
      const words = field.value.trim(), turn = ++asked;
      if (words.length < 2) { close(); return; }
      try {
        const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(words)}`);
        if (!answer.ok || turn !== asked) return;
        const { items } = await answer.json();
        list.replaceChildren(...items.map((item, at) => {
          const row = document.createElement("li"), text = document.createElement("bdi"), kind = document.createElement("small");
          row.id = `suggested-${at}`; row.dataset.url = item.url; row.setAttribute("role", "option"); row.setAttribute("aria-selected", "false");
          text.textContent = item.text; kind.textContent = item.kind;
          row.append(text, kind);
          row.addEventListener("mousedown", (event) => { event.preventDefault(); go(row); });
          return row;
        }));
        chosen = -1; list.hidden = !items.length; field.setAttribute("aria-expanded", String(!list.hidden));
      } catch { close(); }
    };
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
    field.addEventListener("blur", close);
    field.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen < 0 ? -1 : chosen - 1); }
      // Browsers empty a search field at this key.
      else if (event.key === "Escape") { event.preventDefault(); close(); }
      else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); go(list.children[chosen]); }
    });
  };
  document.querySelectorAll("form[data-suggest]").forEach(suggest);

  // Facets without a full reload: the same address is fetched, and its results are put in place.
  const show = async (url, keep) => {
    const here = byId("results");
    here.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      const there = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("results");
      if (!answer.ok || !there) { location.href = url; return; }
      const { name, value } = document.activeElement || {};
      here.replaceWith(there);
      if (keep) history.pushState(null, "", url);
      const again = name && [...there.querySelectorAll("[name]")].find((field) => field.name === name && (field.type !== "checkbox" || field.value === value));
      if (again) again.focus();
      const total = there.querySelector("[data-said]");
      if (total) say(total.textContent);
    } catch { location.href = url; }
  };
  const addressOf = (form) => {
    const given = [...new FormData(form)].filter(([, value]) => value !== "");
    return `${location.pathname}?${new URLSearchParams(given)}`;
  };
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && form.matches("form[data-facets]")) show(addressOf(form), true);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form[data-facets]")) { event.preventDefault(); show(addressOf(form), true); }
  });
  addEventListener("popstate", () => { if (byId("results")) show(location.href, false); });

  // The basket without a reload.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-basket]")) return;
    event.preventDefault();
    try {
      const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok) { form.submit(); return; }
      const { count, text } = await answer.json();
      byId("basket-count").textContent = count;
      say(text);
    } catch { form.submit(); }
  });

  // A campaign as it goes: the server sends the parts of its page that change.
  // A page in the background gives its connection up, since browsers have few for a site.
  const follow = (place) => {
    let source = null, over = false, counted = performance.now();
    const show = ({ data }) => {
      for (const there of new DOMParser().parseFromString(data, "text/html").querySelectorAll("[id]")) {
        const here = byId(there.id);
        if (!here || here.isEqualNode(there)) continue;
        here.replaceWith(there);
        if (there.dataset.tell && here.dataset.tell !== there.dataset.tell) say(there.dataset.tell);
        if (here.dataset.tier !== there.dataset.tier && there.querySelector(".reached")) say(there.querySelector(".reached").textContent);
        if (there.dataset.over) over = true;
      }
      counted = performance.now();
      if (over) source.close();
    };
    const listen = () => {
      if (source) source.close();
      if (over || document.hidden) return;
      source = new EventSource(place.dataset.stream);
      source.addEventListener("progress", show);
    };
    listen();
    document.addEventListener("visibilitychange", listen);
    const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
    const words = new Intl.RelativeTimeFormat(document.documentElement.lang);
    setInterval(() => {
      for (const field of document.querySelectorAll("[data-left]")) {
        const left = field.dataset.left - (performance.now() - counted) / 1000;
        if (left < 1) continue;
        const [unit, size] = units.find(([, seconds]) => left >= 2 * seconds || seconds === 1);
        field.textContent = words.format(Math.round(left / size), unit);
      }
    }, 1000);
  };
  document.querySelectorAll("[data-stream]").forEach(follow);

  // A menu closes when something else is touched.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
  });
})();
