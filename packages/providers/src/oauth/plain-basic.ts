/** HTTP Basic for providers that compare id and secret as they were sent. */
import type { ClientAuthentication, OAuthOptions } from "./definition.js";

/**
 * Id and secret as they are (RFC 7617). RFC 6749 §2.3.1 form-encodes them first, `-` and `_` included, and not every provider undoes that.
 * Without a secret the client only names itself (RFC 6749 §3.2.1).
 */
export function plainBasic(options: OAuthOptions): ClientAuthentication {
  return (body, headers) => {
    const { clientId, clientSecret } = options;
    if (clientSecret === undefined) body.set("client_id", clientId);
    else headers.set("authorization", `Basic ${btoa(`${clientId}:${clientSecret}`)}`);
  };
}
