import { Api, Problem } from "/api.js";
import { $, change, message, profile, recalled, thread } from "/view.js";

const keyName = "career-agent-key";
let api = new Api(localStorage.getItem(keyName));
let state = fresh();
let signsUp = true;

function fresh() {
  return { threadId: null, cursor: null, threadCursor: null, listing: null, loading: null, sending: null, failed: null };
}

// --- signing in and out

function showSignIn(reason) {
  $("desk").hidden = true;
  $("welcome").hidden = false;
  document.querySelector(".account").hidden = true;
  document.querySelector(".views").hidden = true;
  fail($("sign-error"), reason);
  $("sign-email").focus();
}

function fail(element, text) {
  element.hidden = !text;
  element.textContent = text ?? "";
}

function signOut(reason) {
  state.sending?.abort();
  // Another tab may have signed in as somebody else.
  if (localStorage.getItem(keyName) === api.key) localStorage.removeItem(keyName);
  api = new Api(null);
  state = fresh();
  for (const id of ["messages", "threads", "profile", "recalled", "history"]) $(id).replaceChildren();
  $("composer-text").value = "";
  showError(null);
  showSignIn(reason);
}

$("sign-mode").addEventListener("click", () => {
  signsUp = !signsUp;
  $("sign-submit").textContent = signsUp ? "Start talking" : "Sign in";
  $("sign-mode").textContent = signsUp ? "I have an account already" : "I am new here";
  $("password-hint").textContent = signsUp ? "optional, to come back from elsewhere" : "";
  fail($("sign-error"), null);
  $("sign-email").focus();
});

$("sign-in").addEventListener("submit", async event => {
  event.preventDefault();
  const [email, password] = [$("sign-email").value.trim(), $("sign-password").value];
  fail($("sign-error"), null);
  $("sign-submit").disabled = true;
  try {
    const account = signsUp ? await new Api(null).signUp(email, password) : await new Api(null).logIn(email, password);
    localStorage.setItem(keyName, account.apiKey);
    api = new Api(account.apiKey);
    $("sign-password").value = "";
    await enter();
  } catch (problem) {
    fail($("sign-error"), [problem.title, problem.detail].filter(Boolean).join(" "));
    $("sign-email").focus();
  } finally {
    $("sign-submit").disabled = false;
  }
});

$("sign-out").addEventListener("click", () => signOut());

$("forget").addEventListener("click", () => $("forget-dialog").showModal());
$("forget-dialog").addEventListener("close", async event => {
  if (event.target.returnValue !== "forget") return;
  await guarded(async () => {
    await api.forget();
    signOut("Everything about you has been deleted.");
  });
});

// Shown only once everything is loaded: what is typed before would be lost when the thread opens.
async function enter() {
  const [account, known, first] = await Promise.all([api.me(), api.profile(), loadThreads()]);
  $("email").textContent = account.email;
  profile($("profile"), $("profile-empty"), known.profile);
  $("why").hidden = $("profile").children.length === 0;
  $("welcome").hidden = true;
  $("desk").hidden = false;
  document.querySelector(".account").hidden = false;
  document.querySelector(".views").hidden = false;
  if (first) await openThread(first); else startThread();
}

// --- threads

// Of two loads at once, as of a double click, the page shows the later one.
async function loadThreads(more = false) {
  const load = state.listing = {};
  const page = await api.threads(more ? state.threadCursor : null);
  if (load !== state.listing) return;
  state.threadCursor = page.nextCursor;
  const items = page.threads.map(info => thread(info, info.threadId === state.threadId));
  if (more) $("threads").append(...items); else $("threads").replaceChildren(...items);
  $("threads-empty").hidden = $("threads").children.length > 0;
  $("more-threads").hidden = !page.nextCursor;
  return page.threads[0]?.threadId;
}

$("threads").addEventListener("click", event => {
  const id = event.target.closest("[data-thread]")?.dataset.thread;
  if (id) guarded(async () => { await openThread(id); show("conversation"); $("composer-text").focus(); });
});
$("more-threads").addEventListener("click", () => guarded(() => loadThreads(true)));
$("new-thread").addEventListener("click", () => { startThread(); show("conversation"); $("composer-text").focus(); });

function startThread() {
  leaveThread(null);
  $("blank").hidden = false;
  $("composer-text").focus();
}

function leaveThread(threadId) {
  state.sending?.abort();
  Object.assign(state, { threadId, cursor: null, loading: null, sending: null });
  showError(null);
  $("messages").replaceChildren();
  showRecalled([]);
  $("older").hidden = true;
  for (const button of document.querySelectorAll("[data-thread]")) setCurrent(button, button.dataset.thread === threadId);
}

function setCurrent(button, isCurrent) {
  if (isCurrent) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
}

async function openThread(threadId) {
  leaveThread(threadId);
  $("blank").hidden = true;
  await loadMessages();
  $("blank").hidden = $("messages").children.length > 0;
  toEnd();
}

async function loadMessages() {
  const load = state.loading = {};
  const page = await api.messages(state.threadId, state.cursor);
  if (load !== state.loading) return;
  state.cursor = page.nextCursor;
  const scroll = $("scroll");
  const below = scroll.scrollHeight - scroll.scrollTop;
  $("messages").prepend(...page.messages.map(m => message(m.role, m.text, m.createdAt).item));
  $("older").hidden = !page.nextCursor;
  scroll.scrollTop = scroll.scrollHeight - below;
}

$("older").addEventListener("click", () => guarded(loadMessages));

// --- talking

$("composer").addEventListener("submit", event => {
  event.preventDefault();
  const text = $("composer-text").value.trim();
  if (!text || state.sending) return;
  $("composer-text").value = "";
  send({ text, key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` });
});

$("composer-text").addEventListener("keydown", event => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});

document.addEventListener("keydown", event => { if (event.key === "Escape") state.sending?.abort(); });
$("stop").addEventListener("click", () => state.sending?.abort());
$("retry").addEventListener("click", () => { if (state.failed) send(state.failed); });

$("starters").addEventListener("click", event => {
  const button = event.target.closest("button");
  if (!button) return;
  $("composer-text").value = button.textContent;
  $("composer-text").focus();
});

// A message that failed keeps its idempotency key: trying again never says it twice.
async function send(what) {
  const control = new AbortController();
  state.sending = control;
  showError(null);
  busy(true);
  $("blank").hidden = true;
  if (!what.item) {
    what.item = message("user", what.text).item;
    $("messages").append(what.item);
  }
  const answer = message("assistant", "");
  answer.item.classList.add("waiting");
  $("messages").append(answer.item);
  toEnd();
  let made;
  try {
    if (!state.threadId) {
      made = await api.newThread(title(what.text));
      if (control.signal.aborted) throw new DOMException("Stopped", "AbortError");
      state.threadId = made.threadId;
    }
    await api.send(state.threadId, what.text, what.key, {
      recalled: showRecalled,
      delta: ({ text }) => { answer.body.textContent += text; answer.item.classList.remove("waiting"); toEnd(); },
      profile: ({ profile: known, changes }) => profile($("profile"), $("profile-empty"), known, changes.map(c => c.field)),
      done: reply => finish(reply, answer),
    }, control.signal);
  } catch (error) {
    if (!answer.body.textContent) answer.item.remove(); else answer.item.classList.remove("waiting");
    if (error.name === "AbortError") $("announce").textContent = "Stopped.";
    else if (error.status === 401) signOut("You have been signed out: the key is no longer valid.");
    else { state.failed = what; showError(error); }
  } finally {
    if (state.sending === control || state.sending === null) {
      state.sending = null;
      busy(false);
    }
    // The thread is there however the message fared.
    if (made && api.key) await guarded(() => loadThreads());
  }
}

function finish(reply, answer) {
  answer.item.classList.remove("waiting");
  answer.body.textContent = reply.reply;
  showRecalled(reply.recalled);
  profile($("profile"), $("profile-empty"), reply.profile, reply.profileChanges.map(c => c.field));
  $("why").hidden = $("profile").children.length === 0;
  if ($("why").open) guarded(loadHistory);
  $("announce").textContent = reply.reply;
  toEnd();
}

// Counted by characters: half a surrogate pair is not text, and is refused.
const title = text => [...text].length > 60 ? `${[...text].slice(0, 57).join("").trimEnd()}…` : text;

function busy(isBusy) {
  $("send").hidden = isBusy;
  $("stop").hidden = !isBusy;
  $("messages").setAttribute("aria-busy", String(isBusy));
  if (!isBusy && document.activeElement === document.body) $("composer-text").focus();
}

function toEnd() {
  const scroll = $("scroll");
  scroll.scrollTop = scroll.scrollHeight;
}

function showError(problem) {
  $("talk-error").hidden = !problem;
  if (!problem) { state.failed = null; return; }
  $("talk-error-title").textContent = problem.title ?? "Something went wrong.";
  $("talk-error-detail").textContent = problem.detail ?? "";
  $("retry").hidden = !state.failed;
}

async function guarded(action) {
  try {
    await action();
  } catch (error) {
    if (error.status === 401) signOut("You have been signed out: the key is no longer valid.");
    else showError(error instanceof Problem ? error : new Problem(0, "Something went wrong.", ""));
  }
}

// --- beside the conversation

function showRecalled(list) {
  $("recalled").replaceChildren(...list.map(recalled));
  $("recalled-empty").hidden = list.length > 0;
}

$("why").addEventListener("toggle", () => { if ($("why").open) guarded(loadHistory); });

async function loadHistory() {
  const { changes } = await api.history();
  $("history").replaceChildren(...changes.filter(c => c.field !== "onboarding_completed").map(change));
}

function show(view) {
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === view));
}

document.querySelector(".views").addEventListener("click", event => {
  const view = event.target.closest("[data-show]")?.dataset.show;
  if (view) show(view);
});

// --- start

async function start() {
  try {
    const info = await api.info();
    $("offline").hidden = !info.offline;
    $("offline-text").textContent = info.message.replace(/^Offline:\s*(.)/, (_, first) => first.toUpperCase());
  } catch { /* the first real request says what is wrong */ }
  if (!api.key) { showSignIn(); return; }
  try {
    await enter();
  } catch (error) {
    if (error.status === 401) signOut("You have been signed out: the key is no longer valid.");
    else showSignIn(`${error.title} ${error.detail}`);
  }
}

start();
