/** The public packages and their entry points, read from the manifests. */
import path from "node:path";
import { publicPackages } from "../scripts/workspace.mjs";

/** One key of `exports`: what users import. */
export interface EntryPoint {
  /** `"@latchkey/core/client"` */
  name: string;
  /** Path of the built module. */
  script: string;
  /** Path of its declarations. */
  declarations: string;
}

export const packages = publicPackages();

export const entryPoints: readonly EntryPoint[] = packages.flatMap(({ name, folder, manifest }) =>
  Object.entries(manifest.exports ?? {}).flatMap(([key, target]) =>
    typeof target === "string"
      ? []
      : [
          {
            name: path.posix.join(name, key),
            script: path.join(folder, target.default),
            declarations: path.join(folder, target.types),
          },
        ],
  ),
);
