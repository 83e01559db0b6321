/** The channel between tabs, seen from outside. */
import { once } from "node:events";
import { onTestFinished } from "vitest";
import type { Site, Tab } from "./site.js";

/** A channel with the name that clients of a site use. */
export function channelOf(site: Site): BroadcastChannel {
  const channel = new BroadcastChannel(`latchkey${site.origin}/auth`);
  onTestFinished(() => channel.close());
  return channel;
}

/** Notes every message of a site's tabs. */
export function eavesdrop(site: Site): unknown[] {
  const messages: unknown[] = [];
  channelOf(site).addEventListener("message", ({ data }) => messages.push(data));
  return messages;
}

/** Waits until the tabs have heard what was posted so far. */
export async function heardBy(tabs: readonly Tab[]): Promise<void> {
  const [first] = tabs;
  if (first === undefined) return;
  const name = `latchkey${first.browser.site.origin}/auth`;
  const sender = new BroadcastChannel(name);
  const receiver = new BroadcastChannel(name);
  const arrived = once(receiver as unknown as EventTarget, "message");
  // Not a message of the clients: they ignore it. Messages of one turn arrive in the order in which they were posted.
  sender.postMessage("end of news");
  await arrived;
  sender.close();
  receiver.close();
}
