import type { FactBody, MessageStep, PhaseStart } from '../events/conversation-event.js';
import { NO_USAGE } from '../events/usage.js';
import type { ModelEnd, ModelMessage } from '../ports/model-provider.js';
import { displayOf, type Emit, type ImprovementContext } from './context.js';
import { ReviewReader, type ReviewPiece } from './review-reader.js';
import { isPlaceholder, LONGEST_PLACEHOLDER, saysNothing } from './says-nothing.js';
import type { Section } from './section-heading.js';
import { StepMessage } from './step-message.js';

/**
 * What came of a pass: a revision; the finding that there is nothing to improve; an answer that could not be used, so that
 * the text before it stands; a call that failed.
 */
export type PassOutcome = 'revised' | 'nothing' | 'unusable' | 'failed' | 'aborted';

/** A pass to make. */
export interface Pass {
  readonly n: number;
  /** Its revision is the answer of the run. */
  readonly last: boolean;
  /** The phase that a call before this one left open. */
  readonly phase: Pick<PhaseStart, 'phase' | 'n'> | undefined;
  /** The suggestions that a call before this one left behind: they stay. */
  readonly suggestions: string | undefined;
}

/** One pass: asks for review and revision in one call and writes each section down as it comes, as a message of its own. */
export class ReviewPass {
  readonly #reader = new ReviewReader();
  #message: StepMessage | undefined;
  /** The beginning of a revision that may be no more than a word for "as before". */
  #held = '';
  #revising: boolean;
  #revised = false;
  #nothing = false;

  constructor(
    private readonly context: ImprovementContext,
    private readonly pass: Pass,
    private readonly emit: Emit,
  ) {
    this.#revising = pass.phase?.phase === 'revision';
  }

  async run(messages: readonly ModelMessage[]): Promise<PassOutcome> {
    const { provider, request, signal } = this.context;
    if (this.pass.phase === undefined) this.#beginPhase('review');
    const end = await provider.stream(
      { ...request, messages },
      ({ block, text }) => {
        if (block === 'text') this.#takeAll(this.#reader.push(text));
      },
      signal,
    );
    if (end.type === 'aborted') return 'aborted';
    this.#takeAll(this.#reader.end());
    return this.#finish(end);
  }

  #takeAll(pieces: readonly ReviewPiece[]): void {
    for (const { section, text } of pieces) {
      switch (section) {
        case 'suggestions':
          if (this.pass.suggestions === undefined) this.#write(section, text);
          break;
        case 'revision':
          this.#takeRevision(text);
          break;
        case 'comments':
          if (this.#reader.isClosed('revision')) this.#release();
          this.#write(section, text);
          break;
      }
    }
  }

  #takeRevision(text: string): void {
    const { suggestions } = this.#reader.review;
    // A review that found nothing has nothing to revise: what it writes all the same is not looked at.
    if (!this.#revised && suggestions !== undefined && saysNothing(suggestions)) this.#nothing = true;
    if (this.#nothing) return;
    if (this.#revised) {
      this.#write('revision', text);
      return;
    }
    this.#endMessage('stop');
    this.#held += text;
    if (this.#held.length > LONGEST_PLACEHOLDER) this.#release();
  }

  /** Shows the beginning of the revision, if it is one. */
  #release(): void {
    const held = this.#held;
    this.#held = '';
    if (held === '') return;
    if (isPlaceholder(held)) {
      this.#nothing = true;
      return;
    }
    if (!this.#revising) {
      this.#say({ type: 'phase_end', phase: 'review', n: this.pass.n });
      this.#revising = true;
      this.#beginPhase('revision');
    }
    this.#revised = true;
    this.#write('revision', held);
  }

  #write(part: Section, text: string): void {
    if (this.#message?.step.part !== part) {
      this.#endMessage('stop');
      this.#message = new StepMessage(this.context, this.emit, this.#step(part));
    }
    this.#message.write({ block: 'text', text });
  }

  #step(part: Section): MessageStep {
    const { n, last } = this.pass;
    const display = displayOf(this.context.settings);
    if (part !== 'revision' || !last) return { part, n, display };
    return { part, n, display: display === 'hidden' ? 'plain' : display, final: true };
  }

  #endMessage(reason: 'stop' | 'length' | 'error'): void {
    const message = this.#message;
    this.#message = undefined;
    if (message?.step.final === true && reason !== 'stop') message.discard();
    else message?.end(reason);
  }

  #finish(end: Exclude<ModelEnd, { type: 'aborted' }>): PassOutcome {
    const { provider } = this.context;
    const cut = end.type === 'failed' ? 'error' : end.stop_reason === 'length' ? 'length' : undefined;
    if (cut === undefined) this.#release();
    const whole = this.#revised && (cut === undefined || this.#reader.isClosed('revision'));
    const nothing = this.#nothing || (!this.#revised && this.#foundNothing(cut !== undefined));
    this.#endMessage(cut ?? 'stop');
    this.#say({
      type: 'usage',
      purpose: 'review',
      model: provider.name,
      usage: { ...(end.usage ?? NO_USAGE), calls: 1 },
    });
    this.#say({ type: 'phase_end', phase: this.#revising ? 'revision' : 'review', n: this.pass.n });
    if (whole) return 'revised';
    if (nothing) return 'nothing';
    this.#warn(end);
    return end.type === 'failed' ? 'failed' : 'unusable';
  }

  #foundNothing(cut: boolean): boolean {
    const { review, prose } = this.#reader;
    if (cut && !this.#reader.isClosed('suggestions')) return false;
    const found = review.suggestions ?? (Object.keys(review).length === 0 ? prose : '');
    return found !== '' && saysNothing(found);
  }

  #warn(end: Exclude<ModelEnd, { type: 'aborted' }>): void {
    const [code, why] =
      end.type === 'failed'
        ? ['improvement_failed', `the model "${this.context.provider.name}" could not answer: ${end.message}`]
        : end.stop_reason === 'length'
          ? ['improvement_cut', 'its answer was cut at the limit of its length']
          : ['improvement_format', 'its answer has no revised answer under a heading of its own'];
    const detail = `pass ${this.pass.n} of the improvement did not help: ${why}; the text before it stands`;
    this.#say({ type: 'warning', code, detail });
  }

  #beginPhase(phase: 'review' | 'revision'): void {
    const quiet = this.context.settings.intermediate_steps ? {} : { quiet: true as const };
    this.#say({ type: 'phase_start', phase, n: this.pass.n, ...quiet });
  }

  #say(body: FactBody): void {
    this.emit([{ body, agent: this.context.agent }]);
  }
}
