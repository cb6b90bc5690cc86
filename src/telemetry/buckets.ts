/** Seconds of what a server does by itself. */
export const FAST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Seconds of requests: from an answer out of memory to a stream of a minute. */
export const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** Seconds of model calls, as the OpenTelemetry conventions for generative AI have them. */
export const MODEL_SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/** Seconds of runs: a run has minutes, one of many agents hours. */
export const RUN_SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600, 1800, 7200];

/** Tokens of one call, as the same conventions have them. */
export const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];

/** Facts of one write. */
export const FACTS = [1, 2, 4, 8, 16, 32, 64, 128, 512];
