// Runs the tests under Bun. Its package has its program put in place by a script when it is
// installed, and scripts of packages are not run here: the program is looked up instead.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../node_modules/@oven", import.meta.url));
const programs = readdirSync(packages).map((name) => `${packages}/${name}/bin/bun`);
const bun = programs.find((program) => existsSync(program));
if (bun === undefined) throw new Error("no package of Bun for this machine is installed");
const { status } = spawnSync(bun, ["test", "test/vectors.test.mjs"], { stdio: "inherit" });
process.exit(status ?? 1);
