// Builds what is shown. Text from people and models goes in through textContent only: nothing of it is ever markup.

export const $ = id => document.getElementById(id);

export function make(tag, { className, text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== null) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function when(value) {
  const date = new Date(value);
  const today = new Date().toDateString() === date.toDateString();
  return make("time", { datetime: date.toISOString(), text: today ? timeFormat.format(date) : dayFormat.format(date) });
}

export function message(role, text, at) {
  const body = make("span", { className: "text", text });
  const item = make("li", { className: `message ${role}` }, make("span", { className: "visually-hidden", text: role === "user" ? "You: " : "Agent: " }), body);
  if (at) item.append(make("span", { className: "meta" }, when(at)));
  return { item, body };
}

export function recalled(found) {
  const percent = Math.round(Math.max(0, found.similarity) * 100);
  const meta = make("p", { className: "meta" },
    make("meter", { min: 0, max: 1, value: Math.max(0, found.similarity), "aria-hidden": "true" }),
    make("span", { className: "near", text: found.neighbour ? "said beside it" : `${percent} % near` }),
    make("span", { text: found.role === "user" ? "you" : "agent" }), when(found.createdAt));
  if (found.neighbour) meta.firstChild.remove();
  return make("li", {}, make("q", { text: found.text }), meta);
}

export function thread(info, current) {
  const button = make("button", { type: "button", "data-thread": info.threadId, "aria-current": current ? "true" : undefined },
    make("span", { className: "title", text: info.title || "Untitled" }), when(info.lastMessageAt ?? info.createdAt));
  return make("li", {}, button);
}

const labels = {
  name: "Name", current_role: "Current role", years_of_experience: "Experience", skills: "Skills", goals: "Goals", interest: "Interest",
  location: "Location", education: "Education", languages: "Languages", projects: "Projects", note: "Note",
  onboarding_completed: "Getting to know you",
};

const years = value => `${value} ${value === 1 ? "year" : "years"}`;

function valueOf(field, value) {
  if (field === "name") return make("dd", { className: "name", text: value });
  if (field === "years_of_experience") return make("dd", { text: years(value) });
  if (field === "skills" || field === "languages") return make("dd", {}, make("ul", { className: "tags" }, ...value.map(text => make("li", { text }))));
  if (field === "goals") return make("dd", {}, make("ul", { className: "lines" }, ...value.map(text => make("li", { text }))));
  if (field === "projects") return make("dd", {}, make("ul", { className: "lines" }, ...value.map(project =>
    make("li", { text: project.name }, make("span", { className: "about", text: [project.description, project.role, (project.technologies ?? []).join(", ")].filter(Boolean).join(" · ") })))));
  return make("dd", { text: value });
}

const isEmpty = value => value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

export function profile(list, empty, known, fresh = []) {
  const fields = Object.keys(labels).filter(field => field !== "onboarding_completed" && !isEmpty(known[field]));
  empty.hidden = fields.length > 0;
  list.replaceChildren(...fields.map(field => {
    const term = make("dt", { text: labels[field] });
    if (field === "name") term.className = "visually-hidden";
    return make("div", { className: fresh.includes(field) ? "fresh" : "", "data-field": field }, term, valueOf(field, known[field]));
  }));
}

const plain = value => isEmpty(value) ? "nothing" : Array.isArray(value) ? value.map(v => v.name ?? v).join(", ") : String(value);

export function change(entry) {
  return make("li", {},
    make("span", { className: "what", text: `${labels[entry.field] ?? entry.field}: ${plain(entry.new)}` }),
    make("q", { text: entry.message ?? "(the message was deleted)" }), when(entry.changedAt));
}
