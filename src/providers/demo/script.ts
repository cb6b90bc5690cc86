/**
 * A proposal with what can be said about it. Texts begin in lower case (but for `I`) and fill the slots of `phrases.ts`;
 * an agent recognises what another said by the same texts.
 */
export interface Proposal {
  /** After `we …`. */
  readonly do: string;
  /** Names it: `the early start`. */
  readonly short: string;
  /** A question about it, and what its author may answer. */
  readonly ask: string;
  readonly answers: readonly string[];
  /** A reservation, and what its author makes of it: a clause that begins with `we`. */
  readonly doubt: string;
  readonly refine: string;
  /** The refined proposal as it is summed up. */
  readonly settled: string;
}

/** What a kind of scenario gives to talk about. */
export interface Script {
  readonly name: string;
  /** The scenario is of this kind when one of its words begins with one of these. */
  readonly cues: readonly string[];
  /** First opinions, as whole sentences. */
  readonly views: readonly string[];
  readonly proposals: readonly Proposal[];
}
