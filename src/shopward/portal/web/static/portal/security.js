// Shows a customer how safe her account is, in the shop's own page. No framework, no inline code, no
// HTML made of text: every word goes into the page as text, every link is https.
//
//   <div data-shopward="/my-security.json"></div>
//   <script type="module" src="…/embed/security.js" integrity="sha384-…" crossorigin></script>
//
// The address is one of the shop's server, which fetches the document with the customer's access
// token; the token stays there. A page that holds the token itself calls `show` with it:
//
//   import { show } from "…/embed/security.js";
//   show(place, "https://shopward.example/embed/security/", token);
//
// It brings no style: give `.shopward-…` your own.

const FORMAT = "shopward-security/v1";

function put(parent, name, kind, text) {
  const made = document.createElement(name);
  if (kind) made.className = `shopward-${kind}`;
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}

function link(parent, kind, text, address) {
  const place = new URL(address);
  if (place.protocol !== "https:") return;
  const made = put(parent, "a", kind, text);
  made.href = place.href;
}

function when(text, language) {
  const shape = { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(language, shape).format(new Date(text));
}

function rows(place, title, found, tell) {
  if (!found.length) return;
  put(place, "h3", "heading", title);
  const list = put(place, "ul", "rows");
  for (const one of found) tell(put(list, "li", "row"), one);
}

/** Fills `place` with a document that is at hand. */
export function render(place, said) {
  if (said.format !== FORMAT) throw new Error("not a document of this format");
  const { words, language } = said;
  const made = document.createElement("section");
  made.className = `shopward shopward-${said.verdict.tone === "good" ? "good" : "warning"}`;
  made.lang = language;
  put(made, "h2", "title", words.title);
  put(made, "p", "verdict", said.verdict.text);
  rows(made, words.activity, said.activity, (row, one) => {
    put(row, "span", "said", one.said);
    put(row, "time", "time", when(one.time, language)).dateTime = one.time;
  });
  rows(made, words.devices, said.devices, (row, one) => {
    put(row, "span", "said", one.name);
    put(row, "time", "time", when(one.seen, language)).dateTime = one.seen;
  });
  const more = put(made, "p", "links");
  for (const one of said.links) link(more, `link shopward-link-${one.name}`, one.text, one.href);
  place.replaceChildren(made);
}

/** Fetches the document and shows it; whether that worked. */
export async function show(place, address, token) {
  const headers = { accept: "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  try {
    const answer = await fetch(address, {
      headers,
      credentials: token ? "omit" : "same-origin",
      cache: "no-store",
      redirect: "error",
    });
    if (!answer.ok) throw new Error(answer.status);
    render(place, await answer.json());
    return true;
  } catch {
    place.dataset.shopwardState = "unavailable";
    return false;
  }
}

for (const place of document.querySelectorAll("[data-shopward]")) {
  show(place, place.dataset.shopward);
}
