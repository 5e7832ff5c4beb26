// Sends forms without leaving the page, and keeps the phones and the mailbox up to date.
// Without this file the page works by reloading.

const EVERY_MS = 1000;
const simulator = document.getElementById("simulator");
const connection = document.getElementById("connection");
let version = `"${simulator.dataset.version}"`;
let turn = Promise.resolve();

// One after another: an older answer must never overwrite a newer one.
function refresh() {
  turn = turn.then(load, load);
  return turn;
}

async function load() {
  const answer = await fetch(simulator.dataset.state, {
    headers: { "If-None-Match": version },
    cache: "no-store",
  });
  if (answer.ok) {
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    version = answer.headers.get("ETag");
  } else if (answer.status !== 304) {
    throw new Error(`the state answered ${answer.status}`);
  }
}

function show(fresh) {
  for (const list of fresh.querySelectorAll("[data-list]")) {
    const current = document.getElementById(list.id);
    if (current) showList(current, list);
  }
  for (const text of fresh.querySelectorAll("[data-text]")) {
    const current = document.getElementById(text.id);
    if (current && current.innerHTML !== text.innerHTML) current.innerHTML = text.innerHTML;
  }
}

// Touches only what differs: what someone is typing in, reading or has scrolled to stays as it is.
function showList(current, fresh) {
  const keep = current.dataset.list === "keep";
  const wanted = [...fresh.children];
  const ids = new Set(wanted.map((item) => item.id));
  for (const item of [...current.children]) {
    if (!ids.has(item.id)) item.remove();
  }
  wanted.forEach((item, place) => {
    const there = current.children[place];
    if (there?.id !== item.id) current.insertBefore(item, there ?? null);
    else if (!keep && there.outerHTML !== item.outerHTML) there.replaceWith(item);
  });
}

async function submit(form, button) {
  const refusal = form.querySelector(".refusal");
  const typed = form.querySelector("[data-clear]");
  const sent = typed?.value;
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form, button),
    redirect: "manual",
  });
  if (answer.type !== "opaqueredirect") {
    refusal.textContent = await reasonIn(answer);
    return;
  }
  refusal.textContent = "";
  if (typed && typed.value === sent) typed.value = "";
  const log = form.closest(".phone")?.querySelector(".log");
  if (log) log.scrollTop = 0;
  const phones = new Set(document.querySelectorAll(".phone"));
  await refresh().catch(() => lost(true));
  if (form.dataset.quiet === "new-phone") goToNewPhone(form, phones);
  else typed?.focus({ preventScroll: true });
}

async function reasonIn(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.getElementById("reason")?.textContent ?? "Not sent. Reload the page and try again.";
}

function goToNewPhone(form, before) {
  form.reset();
  const added = [...document.querySelectorAll(".phone")].find((phone) => !before.has(phone));
  (added ?? form).querySelector("[data-clear]").focus();
}

function lost(isLost) {
  const text = isLost ? "No connection to the simulator. Trying again …" : "";
  if (connection.textContent !== text) connection.textContent = text;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("quiet" in form.dataset)) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    await submit(form, event.submitter);
  } catch {
    form.querySelector(".refusal").textContent = "Not sent: no connection. Try again.";
  } finally {
    form.ariaBusy = null;
  }
});

async function poll() {
  try {
    if (!document.hidden) await refresh();
    lost(false);
  } catch {
    lost(true);
  }
  setTimeout(poll, EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh().catch(() => lost(true));
});
setTimeout(poll, EVERY_MS);
