/** The list of a user's devices, as HTML. */

import { ago } from "./ago.js";
import { type Html, html } from "./html.js";
import { hidden, problemNote } from "./page.js";
import type { Problem } from "./problems.js";

export interface DeviceView {
  /** Id of its session: public-safe. */
  id: string;
  name: string;
  place: string;
  /** True for the device that asks. */
  isCurrent: boolean;
  signedInAt: Date;
  lastActiveAt: Date;
}

export interface DeviceListView {
  devices: readonly DeviceView[];
  now: Date;
  problem: Problem | null;
  /** True for a user who has a password to change. */
  hasPassword: boolean;
}

export function deviceList({ devices, now, problem, hasPassword }: DeviceListView): Html {
  const hasOthers = devices.some(({ isCurrent }) => !isCurrent);
  return html`<section class="card" aria-labelledby="devices-heading">
    <h2 id="devices-heading" tabindex="-1">Your devices</h2>
    <p class="quiet">Do you not know one of them? ${hasPassword ? "Sign it out, then change your password." : "Sign it out."}</p>
    ${problemNote(problem)}
    <p class="visually-hidden" id="devices-status" role="status"></p>
    <ul class="rows">${devices.map((device) => deviceItem(device, now))}</ul>
    ${hasOthers ? signOutOthers() : null}
  </section>`;
}

function deviceItem(device: DeviceView, now: Date): Html {
  const { name, place, isCurrent, signedInAt, lastActiveAt } = device;
  return html`<li class="row device">
    ${icon(name)}
    <div class="about">
      <p class="name">${name}${isCurrent ? html` <span class="badge">This device</span>` : null}</p>
      <p class="quiet facts">
        <span>${place}</span> <span>Active ${time(lastActiveAt, now)}</span> <span>Signed in ${time(signedInAt, now)}</span>
      </p>
    </div>
    ${isCurrent ? null : signOutForm(device)}
  </li>`;
}

/** A form, so that it works without scripts; with them, `app.js` asks `DELETE /auth/sessions/:id` and keeps the page. */
function signOutForm({ id, name }: DeviceView): Html {
  return html`<form method="post" action="/devices/${encodeURIComponent(id)}/sign-out" data-session="${id}" data-device="${name}">
    <button class="secondary" type="submit">Sign out<span class="visually-hidden"> ${name}</span></button>
  </form>`;
}

function signOutOthers(): Html {
  return html`<form class="action others" method="post" action="/auth/sessions/revoke-others">
    ${hidden("callbackUrl", "/dashboard?done=others")}
    ${hidden("errorUrl", "/dashboard?form=devices")}
    <button class="danger" type="submit">Sign out everywhere else</button>
  </form>`;
}

/** The exact instant is for those who point at it. */
function time(instant: Date, now: Date): Html {
  return html`<time datetime="${instant.toISOString()}" title="${instant.toUTCString()}">${ago(instant, now)}</time>`;
}

function icon(deviceName: string): Html {
  const isHandheld = /iPhone|iPad|Android/.test(deviceName);
  return html`<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
    ${
      isHandheld
        ? html`<rect x="7" y="2.5" width="10" height="19" rx="2.2"/><path d="M11 18.5h2"/>`
        : html`<rect x="3" y="4" width="18" height="12" rx="1.8"/><path d="M8 20h8M12 16v4"/>`
    }
  </svg>`;
}
