import type { AbortableOptions } from "@deltafuse/config/abort";
import { InternalError } from "@deltafuse/config/errors";
import type { HookEmitter } from "@deltafuse/hooks/emitter";
import type { EventMap } from "@deltafuse/hooks/events";
import type { ExtensionDisposal } from "./extension-disposal.ts";
import type { SessionExtension } from "./extension.ts";
import type { InstallStep } from "./install-plan.ts";
import { installSampler, sampleStep } from "./metrics-sampler.ts";
import { installPrepared, ownSteps } from "./prepared-steps.ts";
import { installFailed } from "./session-errors.ts";
import type { Session, SessionWarning } from "./session.ts";

/** One step that ended. */
export type StepResult = EventMap["session.step"];

/** Where the results and warnings of the steps are kept while they run. */
export interface StepLog {
  readonly steps: StepResult[];
  readonly warnings: SessionWarning[];
}

/** What the steps run on. */
export interface StepSite {
  readonly session: Session;
  readonly extensions: readonly SessionExtension[];
  readonly hooks: HookEmitter;
  readonly log: StepLog;
  readonly disposal: ExtensionDisposal;
}

/**
 * Runs install steps in order. A step of the phase `observability` that fails is a warning; any other fails the opening
 * with `SESSION.INSTALL_FAILED`. An abort rejects with the signal's reason.
 */
export async function runSteps(
  steps: readonly InstallStep[],
  site: StepSite,
  options: AbortableOptions,
): Promise<void> {
  for (const step of steps) {
    options.signal?.throwIfAborted();
    await runStep(step, site, options);
  }
}

async function runStep(step: InstallStep, site: StepSite, options: AbortableOptions): Promise<void> {
  const { session, extensions, log } = site;
  const began = performance.now();
  const extension = extensions.find(({ id }) => id === step.extension);
  site.disposal.begin(step.extension);
  try {
    if (step.extension === ownSteps) await installOwn(session, step.id, options);
    else if (extension?.install === undefined) throw new InternalError(`${step.extension} cannot install ${step.id}`);
    else await extension.install(session, step, options);
    tell(site, step, { status: "ok", began });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell(site, step, { status: "failed", began, message });
    options.signal?.throwIfAborted();
    if (step.phase !== "observability") throw installFailed({ phase: step.phase, step: step.id }, error);
    const warning = { code: "SESSION.INSTALL_FAILED", message: `Step ${step.id} failed: ${message}` };
    log.warnings.push(warning);
    site.hooks.emit("session.warning", warning);
  }
}

function installOwn(session: Session, step: string, options: AbortableOptions): Promise<void> {
  return step === sampleStep ? installSampler(session, options) : installPrepared(session, step, options);
}

interface Outcome {
  readonly status: StepResult["status"];
  readonly began: number;
  readonly message?: string;
}

function tell(site: StepSite, step: InstallStep, { status, began, message }: Outcome): void {
  const durationUs = Math.round((performance.now() - began) * 1000);
  const result = { phase: step.phase, step: step.id, status, durationUs, message };
  site.log.steps.push(result);
  site.hooks.emit("session.step", result);
}
