// Fills the forms that a passkey answers, and sends a form once.
//
// A form with data-ceremony carries the server's options; the answer goes into its hidden field and
// the form is sent like any other. With data-autofill the browser also offers passkeys in the field
// for the address, until one way or the other is taken. Without JavaScript these forms stay hidden.

const field = (form) => form.elements.namedItem("credential");
let waiting = null;

function bytes(text) {
  const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
}

function text(buffer) {
  const signs = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(signs).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function optionsOf(form) {
  const said = JSON.parse(form.dataset.options);
  const withId = (one) => ({ ...one, id: bytes(one.id) });
  const options = { ...said, challenge: bytes(said.challenge) };
  if (said.user) options.user = withId(said.user);
  if (said.excludeCredentials) options.excludeCredentials = said.excludeCredentials.map(withId);
  if (said.allowCredentials) options.allowCredentials = said.allowCredentials.map(withId);
  return options;
}

function answerOf(credential) {
  const said = credential.response;
  const response = { clientDataJSON: text(said.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (said[name]) response[name] = text(said[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

async function ask(form, how = {}) {
  const request = { publicKey: optionsOf(form), ...how };
  const credential = await navigator.credentials[form.dataset.ceremony](request);
  field(form).value = answerOf(credential);
  form.submit();
}

async function offer(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  try {
    await ask(form, { mediation: "conditional", signal: waiting.signal });
  } catch {
    // Nobody chose one: the form and the button are there.
  }
}

function copyShared(form) {
  for (const one of document.querySelectorAll("[data-shared] input")) {
    if (!one.reportValidity()) return false;
    const copy = form.elements.namedItem(one.name) ?? form.appendChild(document.createElement("input"));
    Object.assign(copy, { type: "hidden", name: one.name, value: one.value });
  }
  return true;
}

function prepare(form) {
  const trouble = form.querySelector("[data-trouble]");
  const button = form.querySelector("button");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled || !copyShared(form)) return;
    button.disabled = true;
    trouble.hidden = true;
    waiting?.abort();
    try {
      await ask(form);
    } catch {
      trouble.hidden = false;
      button.disabled = false;
    }
  });
  if ("autofill" in form.dataset) offer(form);
}

if (window.PublicKeyCredential) document.querySelectorAll("form[data-ceremony]").forEach(prepare);

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}

// A page that comes back from the browser's memory may hold a spent challenge or a disabled button.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
