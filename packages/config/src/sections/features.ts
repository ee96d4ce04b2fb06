import { section, type Section, setting } from "../section.ts";

/** Abilities of the optimizer. Null is the engine's default. */
export interface FeaturesInput {
  /**
   * `optimizer.enable_dynamic_filter_pushdown`: what running operators learn filters what is still to be read. It sets
   * the three kinds below too; a kind that is declared keeps its own value.
   */
  readonly dynamicFilterPushdown?: boolean | null;
  /** `optimizer.enable_join_dynamic_filter_pushdown`; not true while `dynamicFilterPushdown` is false. */
  readonly joinDynamicFilterPushdown?: boolean | null;
  /** `optimizer.enable_aggregate_dynamic_filter_pushdown`; not true while `dynamicFilterPushdown` is false. */
  readonly aggregateDynamicFilterPushdown?: boolean | null;
  /** `optimizer.enable_topk_dynamic_filter_pushdown`; not true while `dynamicFilterPushdown` is false. */
  readonly topkDynamicFilterPushdown?: boolean | null;
  /** `optimizer.enable_sort_pushdown`: sources may read in the order that is asked for. */
  readonly sortPushdown?: boolean | null;
  /** `optimizer.allow_symmetric_joins_without_pruning`: joins of unbounded sources whose filters bound no memory. */
  readonly symmetricJoinsWithoutPruning?: boolean | null;
}

/** The section `features`. */
export const featuresSection: Section<FeaturesInput> = section<FeaturesInput>("features", {
  dynamicFilterPushdown: setting,
  joinDynamicFilterPushdown: setting,
  aggregateDynamicFilterPushdown: setting,
  topkDynamicFilterPushdown: setting,
  sortPushdown: setting,
  symmetricJoinsWithoutPruning: setting,
});
