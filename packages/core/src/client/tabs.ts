/** News between the tabs of one browser: that the session changed, never what it is. */

export interface Tabs {
  /** Listens to the other tabs until `close`. */
  open(): void;
  /** Tells the other tabs, also while this one does not listen. */
  tell(): void;
  close(): void;
}

/** The whole of what is ever posted. */
const CHANGED = "changed";

/** @param onChanged Called when another tab tells that the session changed */
export function createTabs(name: string, onChanged: () => void): Tabs {
  let channel: BroadcastChannel | null = null;

  return {
    open() {
      channel ??= openChannel(name);
      if (channel === null) return;
      channel.onmessage = ({ data }) => {
        if (data === CHANGED) onChanged();
      };
      // Node's channels hold the process; a client that was forgotten must not.
      if ("unref" in channel && typeof channel.unref === "function") channel.unref();
    },
    tell() {
      const sender = channel ?? openChannel(name);
      sender?.postMessage(CHANGED);
      if (sender !== channel) sender?.close();
    },
    close() {
      channel?.close();
      channel = null;
    },
  };
}

/** @returns null where there is none, or where privacy settings refuse it: such a tab is alone */
function openChannel(name: string): BroadcastChannel | null {
  try {
    return new BroadcastChannel(name);
  } catch {
    return null;
  }
}
