// What the book's pages do by themselves: search, switches that the keyboard reaches, boxes that scroll.
"use strict";

const root = document.documentElement.dataset.content_root || "./";
const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
const wordsOf = (text) => fold(text).split(/\s+/).filter(Boolean);

// ---- search: every word must be in a section, its page's title or its heading
let loading = null;
function load() {  // the index is a script, for a page that was opened as a file may load nothing else
  return loading ||= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.onload = () => done(prepared(window.bookIndex));
    script.onerror = () => { loading = null; failed(new Error("The search index is missing.")); };
    script.src = `${root}_static/search-index.js`;
    document.head.append(script);
  });
}
function prepared(pages) {
  return pages.flatMap(([address, title, sections], place) => sections.map(([anchor, heading, text], part) => ({
    address: part ? `${address}#${anchor}` : address, title, heading, text, place,
    low: { title: fold(title), heading: fold(heading), text: fold(text) } })));
}
const starts = (text, word) => text.startsWith(word) || /[^a-z0-9]/.test(text[text.indexOf(word) - 1] || "x");
function rank(section, words) {  // 0: not all of the words are there
  let sum = 0;
  for (const word of words) {
    const { heading, text, title } = section.low;
    const here = heading === word ? 60 : heading.includes(word) ? (starts(heading, word) ? 24 : 12)
      : text.includes(word) ? (starts(text, word) ? 6 : 2) + Math.min(4, text.split(word).length - 2)
      : title.includes(word) ? 1 : 0;
    if (!here) return 0;
    sum += here;
  }
  return sum;
}
function find(sections, query) {
  const words = wordsOf(query);
  if (!words.length) return [];
  return sections.map((section) => ({ section, rank: rank(section, words) })).filter((hit) => hit.rank)
    .sort((a, b) => b.rank - a.rank || a.section.place - b.section.place).map((hit) => hit.section);
}
function marked(text, words) {  // nodes: the words in <mark>
  const low = fold(text), nodes = [];
  let from = 0;
  if (low.length !== text.length) return [text];
  while (from < text.length) {
    const hits = words.map((word) => [low.indexOf(word, from), word.length]).filter(([at]) => at >= 0);
    if (!hits.length) break;
    const [at, length] = hits.reduce((a, b) => (b[0] < a[0] ? b : a)), mark = document.createElement("mark");
    mark.textContent = text.slice(at, at + length);
    nodes.push(text.slice(from, at), mark);
    from = at + length;
  }
  return [...nodes, text.slice(from)];
}
function excerpt(text, words, most = 150) {
  const at = Math.max(0, Math.min(...words.map((word) => fold(text).indexOf(word)).filter((i) => i >= 0), text.length));
  let from = at >= text.length ? 0 : Math.max(0, at - 50);
  if (from) from = text.indexOf(" ", from) + 1;
  return `${from ? "\u2026 " : ""}${text.slice(from, from + most)}${from + most < text.length ? " \u2026" : ""}`;
}
function node(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
function resultNode(section, words) {
  const page = section.address.startsWith("reference/") ? `Reference: ${section.title}` : section.title;
  const where = section.heading === page ? [] : [node("span", { class: "where" }, page)];
  return node("li", {}, node("a", { href: root + section.address },
    ...where, node("span", { class: "heading" }, ...marked(section.heading || section.title, words)),
    node("span", { class: "text" }, ...marked(excerpt(section.text, words), words))));
}
function searchInto(box) {  // an input, a line that tells how many, the results
  const input = node("input", { type: "search", "aria-label": "Search the book", placeholder: "Search the book", autocomplete: "off", spellcheck: "false" });
  const status = node("p", { class: "book-status", role: "status" }), list = node("ul", { class: "book-results" });
  async function show() {
    const query = input.value.trim(), words = wordsOf(query);
    if (!query) { status.textContent = "Every word must be there. Names such as best_thresholds are found too."; return list.replaceChildren(); }
    let hits;
    try { hits = find(await load(), query); } catch (error) { status.textContent = error.message; return; }
    if (query !== input.value.trim()) return;
    status.textContent = hits.length ? `${hits.length} ${hits.length === 1 ? "section" : "sections"}` : `Nothing has \u201c${query}\u201d.`;
    list.replaceChildren(...hits.slice(0, 40).map((section) => resultNode(section, words)));
  }
  input.addEventListener("input", show);
  box.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
    const links = [...list.querySelectorAll("a")], at = links.indexOf(document.activeElement);
    if (event.key === "Enter") { if (at < 0 && links.length) { event.preventDefault(); links[0].click(); } return; }
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    (next < 0 ? input : links[Math.min(next, links.length - 1)] || input).focus();
  });
  box.append(input, status, list);
  show();
  return { input, show };
}
let dialog = null;
function openSearch(query = "") {
  if (!dialog) {
    const box = node("dialog", { class: "book-search", "aria-label": "Search" });
    document.body.append(box);
    dialog = { box, ...searchInto(box) };
    box.addEventListener("click", (event) => { if (event.target === box || event.target.closest("a")) box.close(); });
  }
  closeDrawers();
  if (!dialog.box.open) dialog.box.showModal();
  if (query) dialog.input.value = query;
  dialog.input.focus();
  dialog.input.select();
  dialog.show();
}
function setUpSearch() {
  const page = document.querySelector("[data-search-page]"), small = document.querySelector(".sidebar-search");
  let own = null;
  if (page) {
    own = searchInto(page);
    own.input.value = new URLSearchParams(location.search).get("q") || "";
    own.show();
    own.input.focus();
  }
  const begin = (query) => { if (!own) return openSearch(query); own.input.focus(); };
  small.addEventListener("pointerdown", (event) => { event.preventDefault(); begin(""); });
  small.addEventListener("input", () => { const typed = small.value; small.value = ""; begin(typed); if (!own) dialog.input.setSelectionRange(typed.length, typed.length); });
  small.form.addEventListener("submit", (event) => { event.preventDefault(); begin(small.value); });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const asked = (event.key === "/" && !typing) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
    if (!asked || event.altKey || (event.key === "/" && (event.ctrlKey || event.metaKey))) return;
    event.preventDefault();
    begin("");
  });
}

// ---- the drawers' switches are labels of hidden checkboxes: buttons, so that the keyboard reaches them
function closeDrawers() {
  for (const id of ["__navigation", "__toc"]) {
    const box = document.getElementById(id);
    if (box.checked) { box.checked = false; box.dispatchEvent(new Event("change")); }
  }
}
function setUpSwitches() {
  for (const label of document.querySelectorAll("label.nav-overlay-icon, label.toc-overlay-icon")) {
    const box = document.getElementById(label.htmlFor), name = box.id === "__toc" ? "On this page" : "Contents";
    const button = node("button", { type: "button", class: label.className, "aria-label": name, "aria-expanded": "false" }, ...label.children);
    button.addEventListener("click", () => { box.checked = !box.checked; box.dispatchEvent(new Event("change")); });
    box.addEventListener("change", () => button.setAttribute("aria-expanded", box.checked));
    label.replaceWith(button);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeDrawers();
  });
}

// ---- what scrolls sideways by itself can be scrolled with the keyboard
function setUpBoxes() {
  const boxes = document.querySelectorAll("article pre, .table-wrapper, div.math");
  const look = (entries) => entries.forEach(({ target }) => {
    if (target.scrollWidth <= target.clientWidth + 1) return target.removeAttribute("tabindex");
    target.tabIndex = 0;
    if (!target.matches("pre")) { target.setAttribute("role", "group"); target.setAttribute("aria-label", target.matches(".math") ? "Equation" : "Table"); }
  });
  const observer = new ResizeObserver(look);
  boxes.forEach((box) => observer.observe(box));
}

// ---- paper is white, whatever the screen is
function setUpPrinting() {
  let theme = null;
  window.addEventListener("beforeprint", () => { theme = document.body.dataset.theme; document.body.dataset.theme = "light"; });
  window.addEventListener("afterprint", () => { document.body.dataset.theme = theme; });
}

setUpSearch();
setUpSwitches();
setUpBoxes();
setUpPrinting();
