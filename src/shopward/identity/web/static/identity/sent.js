// Says what became of a text message, without a reload. Without JavaScript the page says it when it
// is opened again.

const place = document.querySelector("[data-sent]");
const EVERY_MS = 1500;
let left = 40;

async function ask() {
  const answer = await fetch(place.dataset.sent).catch(() => null);
  if (!answer || !answer.ok) return;
  const said = await answer.json();
  if (place.textContent !== said.say) place.textContent = said.say;
  left -= 1;
  if (said.waits && left > 0) setTimeout(ask, EVERY_MS);
}

if (place && place.textContent) setTimeout(ask, EVERY_MS);
