// Follows a payment on its page. Without it the page works as well: it is reloaded by hand or by the browser.
"use strict";
(() => {
  const live = document.getElementById("live");
  const offline = document.getElementById("offline");
  const main = () => document.getElementById("main");
  const slowest = 30000; // milliseconds between looks that fail
  let tag = "";
  let failures = 0;
  let timer = 0;
  let looking = false;
  let warned = "";

  const announce = (text) => { live.textContent = text; };

  // swap puts the page as it is now in place of the one that is shown.
  async function swap() {
    const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!reply.ok) return;
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
    const next = fresh.getElementById("main");
    if (!next) return;
    const before = main();
    const held = before.contains(document.activeElement) && document.activeElement !== before;
    before.replaceWith(next);
    document.title = fresh.title;
    ready();
    if (held) document.getElementById("act").focus({ preventScroll: true });
    announce(next.dataset.title + " " + next.dataset.detail);
  }

  function deepen(confirmations) {
    const bar = document.getElementById("confirmations");
    if (!bar || !confirmations || bar.value === confirmations.have) return;
    bar.value = confirmations.have;
    const text = document.getElementById("confirmations-text");
    text.textContent = text.textContent.replace(/\d+/, confirmations.have);
  }

  // look asks where the payment stands, and shows what has changed.
  async function look() {
    if (looking || document.hidden) return;
    looking = true;
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const reply = await fetch(main().dataset.status, { headers, cache: "no-store" });
      if (reply.status !== 304) {
        if (!reply.ok) throw new Error(String(reply.status));
        tag = reply.headers.get("ETag") || "";
        const now = await reply.json();
        const shown = main().dataset;
        const chosen = shown.scene === "choose" && now.scene !== "choose" && !new URLSearchParams(location.search).has("choose");
        const changed = shown.scene === "choose" ? chosen : now.scene !== shown.scene || now.title !== shown.title || now.detail !== shown.detail;
        const grown = now.scene === "underpaid" && String(now.version) !== shown.version;
        if (changed || grown) await swap();
        else deepen(now.confirmations);
      }
      failures = 0;
      offline.hidden = true;
    } catch {
      failures += 1;
      offline.hidden = navigator.onLine;
    } finally {
      looking = false;
      plan();
    }
  }

  function plan() {
    clearTimeout(timer);
    const every = Number(main().dataset.poll);
    if (every > 0 && !document.hidden) timer = setTimeout(look, Math.min(every * 2 ** failures, slowest));
  }

  // count shows how long the price is held, and says so once when it ends soon.
  const hour = 3600;
  const soon = 20;
  let skew = 0;
  function count() {
    const until = document.querySelector(".until[data-until]");
    if (!until) return;
    const stamp = until.dataset.until;
    const left = Math.floor((Date.parse(stamp) - Date.now() - skew) / 1000);
    if (left > hour) return;
    if (left < 0) {
      if (warned !== stamp + "over") {
        warned = stamp + "over";
        look();
      }
      return;
    }
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    until.replaceChildren(until.dataset.left + " ", Object.assign(document.createElement("b"), { className: "clock", textContent: text }));
    const ending = left <= soon;
    until.classList.toggle("soon", ending);
    if (ending && !warned.startsWith(stamp)) {
      warned = stamp;
      announce(main().dataset.soon);
    }
  }

  function ready() {
    skew = Date.parse(main().dataset.now) - Date.now();
    for (const button of document.querySelectorAll("button.copy")) button.hidden = !navigator.clipboard;
    count();
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return;
    }
    const word = button.firstChild;
    const before = button.dataset.word || word.textContent;
    button.dataset.word = before;
    word.textContent = main().dataset.copied;
    announce(main().dataset.copied);
    setTimeout(() => { word.textContent = before; }, 2000);
  });

  // A form is sent once. The server would see to that as well.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (document.documentElement.dataset.sent) {
      event.preventDefault();
      return;
    }
    document.documentElement.dataset.sent = "yes";
    const button = form.querySelector("button.button");
    button.setAttribute("aria-disabled", "true");
    button.textContent = main().dataset.busy;
    announce(main().dataset.busy);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  window.addEventListener("online", look);
  window.addEventListener("offline", () => { offline.hidden = false; });

  ready();
  setInterval(count, 1000);
  plan();
})();
