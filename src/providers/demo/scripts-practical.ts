import type { Script } from './script.js';

/** Something to look forward to. */
export const PLANS: Script = {
  name: 'plans',
  cues: 'weekend holiday vacation trip travel party dinner lunch picnic birthday wedding visit hike hiking camp festival concert evening'.split(
    ' ',
  ),
  views: [
    'I could do with something that does not feel like an errand.',
    'I want to come back from it less tired than I left.',
    'As long as there is good food somewhere in it, I am easy to please.',
    'I would love to do one thing properly instead of five in passing.',
  ],
  proposals: [
    {
      do: 'keep Saturday free for it and leave Sunday open',
      short: 'a free Saturday',
      ask: 'what would that Saturday look like?',
      answers: [
        'a slow start, the main thing after lunch, and something good to eat in the evening.',
        'breakfast without an alarm clock, then out of the house until it gets dark.',
      ],
      doubt: 'I am a little afraid that we cram too much into one day',
      refine: 'we pick the one thing we really want, and everything else is a bonus',
      settled: 'one main thing on Saturday, and everything else is a bonus',
    },
    {
      do: 'make a short list of what everybody likes and do only that',
      short: 'the short list',
      ask: 'what would be at the top of your list?',
      answers: [
        'good food, some fresh air, and nobody looking at the clock.',
        'something outdoors first, and a long table at the end of it.',
      ],
      doubt: 'I do not want it to feel like any other day',
      refine: 'we add one surprise that only one of us knows about',
      settled: 'a short list and one surprise',
    },
    {
      do: 'go somewhere new for once',
      short: 'somewhere new',
      ask: 'how far away are you thinking?',
      answers: [
        'an hour at most; far enough to feel different.',
        'as far as the first train takes us before we get hungry.',
      ],
      doubt: 'a new place is a gamble when the weather turns',
      refine: 'we choose one with a roof nearby, just in case',
      settled: 'somewhere new, with a roof nearby',
    },
    {
      do: 'set a budget first and let it make the choice for us',
      short: 'the budget first',
      ask: 'what sum did you have in mind?',
      answers: [
        'something we would not think about twice the week after.',
        'what we spent last time, minus the part we regretted.',
      ],
      doubt: 'that sounds a bit like homework',
      refine: 'we give the sums ten minutes, and after that only the fun part counts',
      settled: 'ten minutes for the sums, then the fun part',
    },
  ],
};

/** Something changes hands. */
export const DEAL: Script = {
  name: 'deal',
  cues: 'price pricing negotiat sell selling sale buy buying bargain salary raise rent landlord contract market offer discount deal merchant customer seller buyer car'.split(
    ' ',
  ),
  views: [
    'I came to find a number that both sides can say out loud.',
    'I am in no hurry, but I would like to shake hands on something today.',
    'I want it to be fair, and I want to understand how we got there.',
    'Let me be open: I have looked around before I came here.',
  ],
  proposals: [
    {
      do: 'split the difference and close it today',
      short: 'meeting in the middle',
      ask: 'where exactly would that put us?',
      answers: [
        'halfway, rounded to something simple, and rounded in your favour.',
        'near the middle; close enough that neither of us has to explain it at home.',
      ],
      doubt: 'half of a gap that wide is still a lot for me',
      refine: 'we first agree on what it is honestly worth, and split only what is left',
      settled: 'an honest value first, and half of whatever is left',
    },
    {
      do: 'leave the figure as it is and add something that costs neither side much',
      short: 'the extra',
      ask: 'what would that something be?',
      answers: [
        'a bit of help in the first weeks, for instance; you choose.',
        'a longer guarantee, say, so that you can sleep well.',
      ],
      doubt: 'extras are pleasant, but they do not pay my bills',
      refine: 'we keep the extra small and move a little on the figure as well',
      settled: 'a small extra and a small step on the figure',
    },
    {
      do: 'agree on the figure now and settle it in two parts',
      short: 'two parts',
      ask: 'when would the second part be due?',
      answers: [
        'a month later, once we both know that everything is in order.',
        'as soon as you have had time to look at it in daylight.',
      ],
      doubt: 'I am not fond of waiting for the second half',
      refine: 'we make the first part the larger one and both sign a short note',
      settled: 'a larger first part, a smaller second one, and a short note',
    },
    {
      do: 'look at what others agreed on and take that as our yardstick',
      short: 'a common yardstick',
      ask: 'which comparison would you accept?',
      answers: [
        'three recent ones, and we throw out the best and the worst.',
        'anything from this year that we can both look up.',
      ],
      doubt: 'no two cases are quite alike',
      refine: 'we start from the yardstick and correct for the condition',
      settled: 'the yardstick, corrected for the condition',
    },
  ],
};

/** Something has to get done. */
export const WORK: Script = {
  name: 'work',
  cues: 'project deadline report team release launch startup product software code engineer office colleague manager boss company client task job interview research paper homework'.split(
    ' ',
  ),
  views: [
    'I would rather ship something small that works than promise something big.',
    'My worry is less the work than the hours we lose between us.',
    'I would like to leave with a next step that fits on one line.',
    'There is more done than we think; it is only not in one place yet.',
  ],
  proposals: [
    {
      do: 'cut it down to what really has to be there and do that part well',
      short: 'the smaller version',
      ask: 'what would you leave out first?',
      answers: [
        'whatever nobody has asked about in the last month.',
        'the part that we only kept because it was nearly done.',
      ],
      doubt: 'I worry that we cut the very thing people are waiting for',
      refine: 'we ask two of them before we cut anything',
      settled: 'a smaller version, checked with two people first',
    },
    {
      do: 'write down who does what by when, on a single page',
      short: 'the single page',
      ask: 'who keeps that page up to date?',
      answers: ['I will, as long as I hear about it when something slips.', 'we take turns, a week each.'],
      doubt: 'pages like that tend to be forgotten after a week',
      refine: 'we look at it together every Monday, ten minutes, standing',
      settled: 'one page, and ten minutes every Monday',
    },
    {
      do: 'build a rough first version this week and show it around',
      short: 'the rough version',
      ask: 'how rough may it be?',
      answers: ['rough enough to blush, good enough to try.', 'it has to survive one honest demo, no more.'],
      doubt: 'a bad first impression is hard to repair',
      refine: 'we show it to friendly eyes before anybody else',
      settled: 'a rough version this week, friendly eyes first',
    },
    {
      do: 'take a week more and use it for testing',
      short: 'the extra week',
      ask: 'would anybody be hurt by a week more?',
      answers: ['nobody I know of; a bad start would hurt more.', 'only our pride, and that heals.'],
      doubt: 'one week has a way of turning into three',
      refine: 'we fix the new date today and tell everyone',
      settled: 'one more week, with the date fixed today',
    },
  ],
};
