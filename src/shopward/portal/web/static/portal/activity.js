// Adds "Check" beside each line: the receipt is fetched and verified here, by `receipt.js` alone.
// Without this file a page says how to verify with the published script.
import { canVerify, verifyReceipt } from "./receipt.js";

const words = document.querySelector("[data-words]").dataset;
const TOLD = ["actor", "role", "verb", "purpose", "fact", "fields", "decision", "reason"];

function put(place, tone, text) {
  const said = document.createElement("span");
  said.className = `pill ${tone}`;
  said.setAttribute("role", tone === "bad" ? "alert" : "status");
  said.textContent = text;
  place.replaceChildren(said);
}

async function check(place, key) {
  let receipt;
  try {
    const answer = await fetch(place.dataset.receipt, { credentials: "same-origin" });
    if (!answer.ok) throw new Error();
    receipt = await answer.text();
  } catch {
    put(place, "warn", words.cannot);
    return;
  }
  try {
    const proven = await verifyReceipt(receipt, key);
    const where = words.entry.replace("{index}", proven.index).replace("{size}", proven.size);
    put(place, "good", `${words.holds} ${where}`);
    if ("tells" in place.dataset) tell(place, proven);
  } catch {
    put(place, "bad", words.fails);
  }
}

/** What the proven entry itself says, so that the line above need not be believed. */
function tell(place, proven) {
  const list = document.createElement("dl");
  list.className = "facts";
  const said = JSON.parse(proven.details ?? "{}");
  const facts = [["time", proven.time.toISOString()], ["kind", proven.kind]];
  for (const name of TOLD) if (name in said) facts.push([name, String(said[name])]);
  for (const [name, value] of facts) {
    const term = document.createElement("dt");
    const fact = document.createElement("dd");
    term.textContent = name;
    fact.textContent = value;
    list.append(term, fact);
  }
  place.append(list);
}

if (await canVerify()) {
  for (const note of document.querySelectorAll("[data-no-script]")) note.hidden = true;
  for (const place of document.querySelectorAll("[data-receipt]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = words.check;
    button.addEventListener("click", () => {
      button.disabled = true;
      check(place, place.closest("[data-key]").dataset.key);
    });
    place.append(button);
  }
}
