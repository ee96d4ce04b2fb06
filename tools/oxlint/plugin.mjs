// The local oxlint plugin. Plain JavaScript: Node 20 loads no TypeScript plugin.
import { declaredOnly, inside, layers, nativeImporters, publicOnly } from "./layer-rules.mjs";
import { noBareError, noBoundariesIgnore, noCast, noModuleState, noReexport, nounName } from "./shape-rules.mjs";

export default {
  meta: { name: "deltafuse" },
  rules: {
    layers,
    inside,
    "native-importers": nativeImporters,
    "declared-only": declaredOnly,
    "public-only": publicOnly,
    "no-reexport": noReexport,
    "no-bare-error": noBareError,
    "no-cast": noCast,
    "no-module-state": noModuleState,
    "noun-name": nounName,
    "no-boundaries-ignore": noBoundariesIgnore,
  },
};
