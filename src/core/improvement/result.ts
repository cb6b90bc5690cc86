import { lastGood, type ImprovementState } from './state.js';

/** Keys of one pass in a result. `suggestions1`, `revision1`, `comments1`, and so on for each pass. */
type PassKey = `${'suggestions' | 'revision' | 'comments'}${number}`;

/** What came of an answer that was improved, under the names that clients of the LLM server know. */
export type ImprovementResult = Readonly<
  { reply: string; user_question: string; draft_answer: string } & Partial<Record<PassKey, string>>
>;

/**
 * The result of an improvement. A pass that gave no revision has the text before it as its revision; passes that an early
 * stop saved repeat the last one; what nobody said is empty.
 *
 * @param passes how many passes the result has keys for
 */
export function improvementResult(state: ImprovementState, question: string, passes: number): ImprovementResult {
  const draft = state.draft ?? '';
  const keys: Record<string, string> = {};
  let last = { suggestions: '', revision: draft, comments: '' };
  for (let n = 1; n <= passes; n++) {
    const pass = state.passes[n - 1];
    if (pass !== undefined) {
      const { suggestions = '', revision = last.revision, comments = '' } = pass;
      last = { suggestions, revision, comments };
    }
    for (const [part, text] of Object.entries(last)) keys[`${part}${n}`] = text;
  }
  return { reply: state.answer ?? lastGood(state) ?? '', user_question: question, draft_answer: draft, ...keys };
}
