// Small things that make the console quicker. Every page works without this file.
// A form is sent once: its button rests until the answer is there.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-once]")) return; // the room's own script does it
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
// A dialog opens from a button that names it, and closes with Escape or its own button.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
});
