/* The keyboard of the console. Everything here can also be done with the mouse or the tab key, and without script.
   Keys never act while a field is being written in; the dialog that "?" opens lists them. */
"use strict";
(() => {
  const one = (query, within = document) => within.querySelector(query);
  const all = (query, within = document) => [...within.querySelectorAll(query)];
  const press = (element) => { if (element) { element.click(); return true; } return false; };
  const writing = (element) => element.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
  let go = 0; // until when a letter after "g" counts

  const items = () => all("[data-list] [data-item], article[data-post]");
  const current = () => one("[data-item][aria-current], article[data-post][aria-current]");
  function move(by) {
    const list = items();
    if (!list.length) return false;
    const at = list.indexOf(current());
    const next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + by))];
    list.forEach((item) => item.removeAttribute("aria-current"));
    next.setAttribute("aria-current", "true");
    (one("[data-open]", next) || next).focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return true;
  }
  function reveal() {
    const posts = all("article[data-post]");
    const post = current() || posts.find((each) => one("[data-reveal]", each)) || posts[0];
    if (!post) return false;
    if (press(one("[data-reveal]", post))) return true;
    all("[data-text], [data-veil]", post).forEach((part) => { part.hidden = !part.hidden; });
    return true;
  }
  function verdict(value) {
    const radio = one(`[data-decision] [name=verdict][value=${value}]`);
    if (!radio) return false;
    radio.checked = true;
    if (value === "leave") radio.form.requestSubmit();
    else (all("textarea", radio.form).find((field) => !field.value) || one("textarea", radio.form)).focus();
    return true;
  }
  function clause(digit) {
    const option = one(`[data-decision] [data-digit="${digit}"]`);
    if (!option) return false;
    option.selected = true;
    option.parentElement.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }
  function act(key) {
    const target = one(`[data-key="${key}"]`);
    if (!target) return false;
    if (target.tagName !== "SUMMARY") return press(target);
    target.parentElement.open = true;
    one("select, textarea, input:not([type=hidden])", target.parentElement).focus();
    return true;
  }
  function help() {
    const dialog = one("#keys");
    if (dialog) dialog.open ? dialog.close() : dialog.showModal();
    return Boolean(dialog);
  }
  const places = { q: "queue", c: "search", t: "terms", m: "quality" };
  function key(event) {
    const name = event.key;
    if (go > Date.now() && places[name]) { go = 0; return press(one(`[data-place=${places[name]}]`)); }
    go = 0;
    if (name === "g") { go = Date.now() + 1500; return true; }
    if (name === "?") return help();
    if (name === "j") return move(1);
    if (name === "k") return move(-1);
    if (name === "x") return reveal();
    if (name === "r") return verdict("restrict");
    if (name === "l") return verdict("leave");
    if (name === "/") {
      const field = one("input[type=search]");
      if (field) { field.focus(); return true; }
      return press(one("[data-place=search]"));
    }
    if (/^[1-9]$/.test(name)) return clause(name);
    if (name === "Enter") return event.target.matches("a, button, summary, label") ? false : act("Enter");
    return /^[a-z]$/.test(name) && act(name);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      event.preventDefault();
      event.target.form.requestSubmit();
    } else if (event.key === "Escape" && writing(event.target)) {
      event.target.blur();
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing && !writing(event.target)) {
      if (one("dialog[open]") && event.key !== "?") return;
      if (key(event)) event.preventDefault();
    }
  });

  /* the same dialog by mouse */
  all("[data-help]").forEach((button) => { button.hidden = false; button.addEventListener("click", help); });

  /* a sentence to begin with goes to the end of what is written */
  document.addEventListener("click", (event) => {
    const sentence = event.target.closest("[data-starter]");
    const field = sentence && one("#explanation");
    if (!field) return;
    event.preventDefault();
    field.value = `${field.value.trimEnd()} ${sentence.textContent}`.trim();
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  /* clocks that run: seconds left, and what can no longer be done at zero goes away */
  function tick() {
    all("[data-until]").forEach((clock) => {
      const left = Math.max(0, Math.ceil((Date.parse(clock.dataset.until) - Date.now()) / 1000));
      clock.textContent = String(left);
      if (left === 0) all("[data-undo]").forEach((part) => part.remove());
    });
  }
  if (one("[data-until]")) setInterval(tick, 1000);
})();
