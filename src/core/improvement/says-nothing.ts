/** Longer texts say something. In UTF-16 units. */
const LONGEST = 160;

const NOTHING: readonly RegExp[] = [
  /^(?:none|nothing|n\/?a|nil|no|-+)$/,
  /^(?:none|nothing)(?: (?:is|are|was|were))? (?:to (?:improve|add|change|fix|report)|needed|necessary|required|found|further|more|else|missing|wrong|of note|that matters|significant)\b[^.;:\n]*$/,
  /^no (?:(?:further|more|other|additional|major|significant|substantive) )?(?:improvements?|changes?|suggestions?|revisions?|issues?)\b(?!.*\b(?:but|except|however|though|besides|unless|until)\b)[^.;:\n]*$/,
  /^(?:the |this )?(?:draft|answer|it)(?: answer)? (?:is|looks|reads) (?:already )?(?:fine|good|correct|complete|excellent|great|perfect|as good as it gets|good enough)(?: as (?:it )?is| already)?$/,
];
const UNCHANGED: readonly RegExp[] = [
  /^(?:none|n\/?a|nil|-+)$/,
  /^(?:unchanged|no changes?(?: (?:needed|necessary|required|made))?|no revision(?: (?:needed|necessary|required))?)$/,
  /^(?:the )?(?:same|identical)(?: as| to)?(?: (?:the )?(?:draft|above|before|original)(?: answer)?)?$/,
  /^(?:see|as)(?: the)? (?:draft|above|before|is)$/,
];

/** The longest text that `isPlaceholder` takes for one, in UTF-16 units. */
export const LONGEST_PLACEHOLDER = 40;

/** Whether the suggestions of a review are that there is nothing to improve. */
export function saysNothing(suggestions: string): boolean {
  return suggestions.length <= LONGEST && matches(suggestions, NOTHING);
}

/** Whether a revised answer is no answer but a word that stands for "as before". */
export function isPlaceholder(revision: string): boolean {
  return revision.length <= LONGEST_PLACEHOLDER && matches(revision, UNCHANGED);
}

function matches(text: string, patterns: readonly RegExp[]): boolean {
  const bare = text
    .toLowerCase()
    .replace(/^[\s*_#>("'[\].)\d•-]+(?=\p{L})/u, '')
    .replace(/[\s*_.!)"'\]]+$/u, '')
    .replace(/\s+/g, ' ');
  return patterns.some((pattern) => pattern.test(bare));
}
