import type { ArtifactOptions } from "./frame.ts";
import type { PlanArtifact, PlanStage, PlanStageName } from "./plan-artifact.ts";

/** The stage that a capture tells of. */
const stageOfCapture = { lineage: "p0", sql: "p0", substrait: "p1", proto: "p1", explain: "p2" } as const;

/** The same without the captures of stages that are not retained: they are not made. Pure. */
export function retainedCaptures(how: ArtifactOptions): ArtifactOptions {
  const { retain } = how;
  if (retain === undefined) return how;
  const dropped = Object.entries(stageOfCapture).filter(([, stage]) => !retain.includes(stage));
  return { ...how, ...Object.fromEntries(dropped.map(([capture]) => [capture, false])) };
}

/** The artifact without the texts of stages that are not retained. Pure. */
export function retainedTexts(artifact: PlanArtifact, retain: readonly PlanStageName[] | undefined): PlanArtifact {
  if (retain === undefined) return artifact;
  const kept = (name: PlanStageName, stage: PlanStage): PlanStage =>
    retain.includes(name) ? stage : withoutText(stage);
  const { p0, p1, p2 } = artifact;
  return {
    ...artifact,
    p0: kept("p0", p0),
    p1: kept("p1", p1),
    ...(p2 === undefined ? {} : { p2: kept("p2", p2) }),
  };
}

function withoutText({ text: _text, ...stage }: PlanStage): PlanStage {
  return stage;
}
