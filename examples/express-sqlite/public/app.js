/** What pages do better with scripts. Each works without them. */

const KEPT = "kept-fields";

keepFields();
for (const form of document.querySelectorAll("form[data-session]")) form.addEventListener("submit", signOutDevice);

/** After an error, the page comes back with what was typed, but for passwords. Stays in this tab. */
function keepFields() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  sessionStorage.removeItem(KEPT);
  for (const form of document.querySelectorAll("form[data-keep]")) {
    const names = form.dataset.keep.split(" ");
    const failed = document.querySelector("[role=alert]") !== null;
    if (failed) for (const name of names) form.elements[name].value = kept[name] ?? "";
    if (failed && kept.email) form.elements.password.focus();
    form.addEventListener("submit", () => {
      const values = names.map((name) => [name, form.elements[name].value]);
      sessionStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(values)));
    });
  }
}

/** Ends one device's session and takes it off the list; where that fails, the form is sent as without scripts. */
async function signOutDevice(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const button = form.querySelector("button");
  button.disabled = true;
  const ended = await endSession(form.dataset.session);
  if (!ended) return form.submit();

  form.closest("li").remove();
  if (document.querySelector("form[data-session]") === null) document.querySelector("form.others")?.remove();
  document.querySelector("#devices-status").textContent = `${form.dataset.device} is signed out.`;
  document.querySelector("#devices-heading").focus();
}

/** @returns true when the session is over, by this request or before it */
async function endSession(id) {
  try {
    const { status } = await fetch(`/auth/sessions/${encodeURIComponent(id)}`, { method: "DELETE" });
    return status === 200 || status === 404;
  } catch {
    return false;
  }
}
