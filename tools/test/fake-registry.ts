import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Document {
  readonly versions: Readonly<Record<string, { readonly dist?: { readonly integrity?: string } }>>;
}

/** A registry on this machine that takes what npm publishes and tells what it has. */
export interface FakeRegistry extends AsyncDisposable {
  /** What npm needs to use it. */
  readonly env: Readonly<Record<string, string>>;
  /** In the order of publishing. */
  readonly published: readonly string[];
  /** Has a version of a package without anybody publishing it. */
  put(name: string, version: string, integrity: string): void;
  /** Refuses to take a package until it is allowed again. */
  refuse(name: string | null): void;
}

async function bodyOf(request: AsyncIterable<unknown>): Promise<Document> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(Buffer.from(piece as Uint8Array));
  return JSON.parse(Buffer.concat(pieces).toString()) as Document;
}

/** Starts one. */
export async function fakeRegistry(): Promise<FakeRegistry> {
  const documents = new Map<string, Document>();
  const published: string[] = [];
  let refused: string | null = null;
  const server = createServer((request, response) => {
    void (async () => {
      const name = decodeURIComponent((request.url ?? "").slice(1).replace(/\?.*/, ""));
      const answer = (status: number, value: object) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      };
      if (request.method !== "PUT") {
        const known = documents.get(name);
        const latest = Object.keys(known?.versions ?? {}).at(-1);
        return known === undefined
          ? answer(404, { error: "not found" })
          : answer(200, { name, "dist-tags": { latest }, ...known });
      }
      const body = await bodyOf(request);
      if (name === refused) return answer(403, { error: "refused" });
      documents.set(name, { versions: { ...documents.get(name)?.versions, ...body.versions } });
      published.push(name);
      return answer(201, { ok: true });
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), "deltafuse-npm-"));
  const config = join(folder, "npmrc");
  writeFileSync(config, `registry=http://${host}/\n//${host}/:_authToken=token\nnoproxy=127.0.0.1\n`);
  return {
    env: {
      npm_config_userconfig: config,
      npm_config_registry: `http://${host}/`,
      npm_config_cache: join(folder, "cache"),
      npm_config_noproxy: "127.0.0.1",
    },
    published,
    put: (name, version, integrity) =>
      documents.set(name, {
        versions: { ...documents.get(name)?.versions, [version]: { name, version, dist: { integrity } } as object },
      }),
    refuse: (name) => {
      refused = name;
    },
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
