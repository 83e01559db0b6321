/** Users of an app, and the requests that their browsers send. */

/**
 * Adds users, each with a session, as an app does.
 *
 * @param {import("@latchkey/core").Auth} auth
 * @param {import("@latchkey/core").Adapter} adapter
 * @param {number} count
 * @returns {Promise<Request[]>} a request of each user, with the cookie of the session
 */
export async function signInUsers(auth, adapter, count) {
  const now = new Date();
  const requests = [];
  for (let index = 0; index < count; index++) {
    const user = {
      id: `u${index}`,
      email: `user${index}@example.com`,
      name: "John Doe",
      createdAt: now,
      updatedAt: now,
    };
    await adapter.createUser(user);
    const { cookie } = await auth.sessions.createSession(user.id, new Request("https://app.example.com/"));
    const pair = cookie.split(";", 1)[0] ?? "";
    requests.push(new Request("https://app.example.com/", { headers: { cookie: pair } }));
  }
  return requests;
}

/** The token in the cookie of a request. @param {Request} request */
export function tokenOf(request) {
  const cookie = request.headers.get("cookie") ?? "";
  return cookie.slice(cookie.indexOf("=") + 1);
}
