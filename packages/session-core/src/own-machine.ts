import { type Machine, readMachine } from "@deltafuse/config/machine";
import { lazyConstant } from "@deltafuse/config/lazy-constant";

/** The machine of this process as its first session found it: reading its limits takes as long as planning a session. */
export const ownMachine: () => Machine = lazyConstant(readMachine);
