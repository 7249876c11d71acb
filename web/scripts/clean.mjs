/** Takes away declarations of former builds, so that none of a module that is gone is packed. */

import { rmSync } from "node:fs";

rmSync(new URL("../dist", import.meta.url), { recursive: true, force: true });
