/** The tools of the fault tests do what they say: a frozen server is silent, a cut connection is cut. */
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isPostgresInstalled, type PostgresCluster, startPostgres } from "./postgres-cluster.js";
import { startProxy, type TcpProxy } from "./tcp-proxy.js";

let cluster: PostgresCluster;
let proxy: TcpProxy;
const clients: pg.Client[] = [];

/** @param port @default that of the cluster itself */
async function connect(port = cluster.port): Promise<pg.Client> {
  const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
  // A connection that is lost tells it so; a query on it fails besides.
  client.on("error", () => {});
  await client.connect();
  clients.push(client);
  return client;
}

const one = async (client: pg.Client) => (await client.query("SELECT 1 AS one")).rows;

/** What has come of a promise after some rounds of the event loop and of the network. */
async function soon<T>(work: Promise<T>): Promise<T | "silent"> {
  return Promise.race([work, new Promise<"silent">((resolve) => setTimeout(() => resolve("silent"), 200))]);
}

describe.skipIf(!isPostgresInstalled() && !process.env.CI)("a PostgreSQL cluster of a test's own", () => {
  beforeAll(async () => {
    cluster = await startPostgres();
    proxy = await startProxy({ host: "127.0.0.1", port: cluster.port });
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()));
  });
  afterAll(async () => {
    await proxy?.close();
    await cluster?.dispose();
  });

  test.each(["fast", "immediate"] as const)("stopped (%s) it refuses, started it has its data", async (mode) => {
    const client = await connect();
    await client.query(`CREATE TABLE ${mode} AS SELECT 1 AS one`);

    await cluster.stop(mode);
    await expect(connect()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(one(client)).rejects.toThrow();

    await cluster.start();
    expect((await (await connect()).query(`SELECT one FROM ${mode}`)).rows).toEqual([{ one: 1 }]);
  });

  test("frozen it answers neither old connections nor new ones, thawed it answers both", async () => {
    const client = await connect();

    cluster.freeze();
    const asked = one(client);
    const connecting = connect();
    expect(await soon(asked)).toBe("silent");
    expect(await soon(connecting)).toBe("silent");

    cluster.thaw();
    expect(await asked).toEqual([{ one: 1 }]);
    expect(await one(await connecting)).toEqual([{ one: 1 }]);
  });

  test("read-only it reads and does not write, in connections that were there before", async () => {
    const client = await connect();
    await client.query("CREATE TABLE kept (one int)");

    await cluster.readOnly(true);
    await expect(client.query("INSERT INTO kept VALUES (1)")).rejects.toMatchObject({ code: "25006" });
    expect(await one(client)).toEqual([{ one: 1 }]);

    await cluster.readOnly(false);
    expect((await client.query("INSERT INTO kept VALUES (1)")).rowCount).toBe(1);
  });

  describe("behind a proxy", () => {
    afterEach(() => proxy.set({ kind: "pass" }));

    test("passes, holds back, and delivers what it held", async () => {
      const client = await connect(proxy.port);
      expect(await one(client)).toEqual([{ one: 1 }]);

      proxy.set({ kind: "blackhole" });
      const asked = one(client);
      expect(await soon(asked)).toBe("silent");
      proxy.set({ kind: "pass" });
      expect(await asked).toEqual([{ one: 1 }]);

      proxy.set({ kind: "delay", ms: 400 });
      const slow = one(client);
      expect(await soon(slow)).toBe("silent");
      expect(await slow).toEqual([{ one: 1 }]);
    });

    test("cuts what is open, and what comes", async () => {
      const client = await connect(proxy.port);
      proxy.set({ kind: "cut" });

      await expect(one(client)).rejects.toThrow();
      await expect(connect(proxy.port)).rejects.toMatchObject({ code: "ECONNRESET" });
      expect(proxy.open).toBe(0);
    });

    test.each(["client", "server"] as const)("cuts a statement after some bytes from the %s", async (from) => {
      const client = await connect(proxy.port);
      const other = await connect(proxy.port);

      const cut = proxy.cutAfter(5, from);
      await expect(one(client)).rejects.toThrow();
      await cut;

      expect(await one(other)).toEqual([{ one: 1 }]);
    });

    test("forgets the connections there are; new ones work", async () => {
      const client = await connect(proxy.port);
      proxy.forget();

      expect(await soon(one(client).catch(() => "ended"))).toBe("silent");
      expect(await one(await connect(proxy.port))).toEqual([{ one: 1 }]);
      client.connection.stream.destroy();
    });
  });
});
