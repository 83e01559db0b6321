/** What a browser is told that navigates. */
import { ORIGIN } from "./app.js";

/** @returns a redirect as the JSON that says the same: its status and cookies, and the code of the error; other answers as they are */
export function asJson(answer: Response): Response {
  const location = answer.headers.get("location");
  if (location === null) return answer;
  const code = new URL(location, ORIGIN).searchParams.get("error");
  const { status, headers } = answer;
  return Response.json(code === null ? {} : { error: { code } }, { status, headers });
}
