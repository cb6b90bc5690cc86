/** Injection token of a `MetricsDoor`. */
export const METRICS_DOOR = Symbol('MetricsDoor');

/** What the configuration says of `/metrics` on the main port. */
export interface MetricsDoor {
  readonly on_main_port: boolean;
}
