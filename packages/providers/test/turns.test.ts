import { describe, expect, test } from "vitest";
import { Turns } from "../src/attempts/turns.js";

/** Work that says when it starts, and ends when it is told. */
function openWork() {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => () => {
    started.push(name);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const endNext = async () => {
    ends.shift()?.();
    await settle();
  };
  return { started, work, endNext, settle };
}

describe("turns", () => {
  test("work with one key runs in the order in which it was asked for, never more at once than allowed", async () => {
    const { started, work, endNext, settle } = openWork();
    const turns = new Turns({ atOnce: 2 });
    for (const name of ["a", "b", "c", "d"]) void turns.run("key", work(name));
    await settle();
    expect(started).toEqual(["a", "b"]);
    await endNext();
    expect(started).toEqual(["a", "b", "c"]);
    await endNext();
    expect(started).toEqual(["a", "b", "c", "d"]);
  });

  test("F-5: who would come after those that may wait is refused at once", async () => {
    const { started, work, endNext, settle } = openWork();
    const turns = new Turns({ atOnce: 1, maxWaiting: 2 });
    for (const name of ["a", "b", "c"]) void turns.run("key", work(name));
    await expect(turns.run("key", work("d"))).rejects.toMatchObject({ code: "unavailable", status: 503 });
    await endNext();
    await endNext();
    await settle();
    expect(started).toEqual(["a", "b", "c"]);
  });

  test("other keys do not wait", async () => {
    const { started, work, settle } = openWork();
    const turns = new Turns({ atOnce: 1 });
    void turns.run("key", work("a"));
    void turns.run("other", work("b"));
    await settle();
    expect(started).toEqual(["a", "b"]);
  });

  test("a failure is the asker's own, and the next has its turn", async () => {
    const turns = new Turns({ atOnce: 1 });
    const failed = turns.run("key", () => Promise.reject(new Error("no")));
    const next = turns.run("key", async () => "yes");
    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe("yes");
  });

  test("F-22: a key is forgotten when its work is done", async () => {
    const turns = new Turns({ atOnce: 1 });
    const works = Array.from({ length: 1000 }, (_, index) => turns.run(`key${index % 10}`, async () => index));
    expect(turns.size).toBe(10);
    await Promise.all(works);
    expect(turns.size).toBe(0);
  });

  test("F-5: who waited too long is refused when the turn comes, and the line dissolves", async () => {
    const { started, work, endNext, settle } = openWork();
    const turns = new Turns({ atOnce: 1, maxWait: 0 });
    const first = turns.run("key", work("first"));
    const waiting = ["second", "third"].map((name) => turns.run("key", work(name)));
    const refused = Promise.all(
      waiting.map((turn) => expect(turn).rejects.toThrow(expect.objectContaining({ code: "unavailable" }))),
    );
    await settle();
    await endNext();
    await Promise.all([first, refused]);
    expect(started).toEqual(["first"]);
    expect(turns.size).toBe(0);
  });
});
