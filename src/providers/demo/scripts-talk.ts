import type { Script } from './script.js';

/** Opinions meet. */
export const IDEAS: Script = {
  name: 'ideas',
  cues: 'ai artificial technology climate future philosophy politic science book film movie music art ethics education opinion debate meaning society history religion news robot machine language'.split(
    ' ',
  ),
  views: [
    'I used to be quite sure about it, and lately I am not.',
    'What interests me is less who is right than what we would do differently.',
    'I have read too much about it and talked too little.',
    'I am curious, and a bit wary of anybody who has only one answer.',
  ],
  proposals: [
    {
      do: 'start from one concrete example instead of the big words',
      short: 'one example',
      ask: 'which example would you take?',
      answers: [
        'something from last week, where it made a real difference to somebody we know.',
        'the first time that it surprised me; I still remember the day.',
      ],
      doubt: 'one example can prove almost anything',
      refine: 'we take two that point in opposite directions',
      settled: 'two examples that point in opposite directions',
    },
    {
      do: 'each say what would change our mind',
      short: 'what would change our minds',
      ask: 'so what would change yours?',
      answers: [
        'seeing it work for people who have no reason to like it.',
        'a calm explanation from somebody who gains nothing by it.',
      ],
      doubt: 'I am not sure I could be that frank about it',
      refine: 'we begin with something small that we were wrong about before',
      settled: 'something small first, then the big question',
    },
    {
      do: 'separate what we know from what we fear',
      short: 'the two lists',
      ask: 'what do we really know?',
      answers: [
        'less than the headlines say, and more than last year.',
        'a handful of things, and they fit on a napkin.',
      ],
      doubt: 'our fears are sometimes the better guide',
      refine: 'we keep both lists and see where they meet',
      settled: 'both lists, and a look at where they meet',
    },
    {
      do: 'ask what it would mean on an ordinary Tuesday',
      short: 'the ordinary Tuesday',
      ask: 'and what would it mean for yours?',
      answers: [
        'less paperwork, I hope, and a few decisions that I no longer make myself.',
        'very little before lunch, and rather a lot after it.',
      ],
      doubt: 'the interesting part is rarely ordinary',
      refine: 'we take the ordinary day first and keep the strange cases for dessert',
      settled: 'an ordinary day first, the strange cases for dessert',
    },
  ],
};

/** Something stands between them. */
export const TROUBLE: Script = {
  name: 'trouble',
  cues: 'argue argues arguing argument conflict quarrel noise noisy neighbor neighbour roommate flatmate apolog complain divorce broke broken late dishes fight angry disagree refund dispute accuse blame'.split(
    ' ',
  ),
  views: [
    'I would like us to get along again before the week is over.',
    'I have been rehearsing this in my head, and it never went well there.',
    'I do not need to be right about everything; I need it to stop.',
    'First of all, I am glad that we are talking at all.',
  ],
  proposals: [
    {
      do: 'each say once what bothers us, without being interrupted',
      short: 'a fair hearing',
      ask: 'who goes first?',
      answers: ['you do, if you like; I can wait.', 'I will, and I promise to keep it short.'],
      doubt: 'I have said my part before and little came of it',
      refine: 'we repeat what the other one said before we answer it',
      settled: 'a fair hearing, and we repeat it before we answer',
    },
    {
      do: 'leave last time behind us and agree on one rule from now on',
      short: 'one rule',
      ask: 'which rule would that be?',
      answers: ['that we talk on the same day, before it grows.', 'that whoever notices it first says so, kindly.'],
      doubt: 'a rule is only as good as the first time somebody breaks it',
      refine: 'we also say now what happens then, something light',
      settled: 'one rule, and something light when it is broken',
    },
    {
      do: 'find out what can be put right this week',
      short: 'a first repair',
      ask: 'what is within reach this week?',
      answers: ['the small, visible things; they would show good will.', 'enough to sleep better by Sunday.'],
      doubt: 'small things do not undo the big one',
      refine: 'we do one small thing now and keep an evening for the big one',
      settled: 'one small thing now, and an evening for the big one',
    },
    {
      do: 'ask somebody we all trust for an opinion',
      short: 'a second opinion',
      ask: 'whom would you ask?',
      answers: [
        'somebody patient who owes nothing to any of us.',
        'the person that we would both find hardest to lie to.',
      ],
      doubt: 'I would rather not pull other people into this',
      refine: 'we try it on our own first and ask only if we are stuck by Friday',
      settled: 'on our own first, and help only if we are stuck by Friday',
    },
  ],
};

/** Anything else. */
export const GENERAL: Script = {
  name: 'general',
  cues: [],
  views: [
    'There is more to it than it looks like from the outside.',
    'I would like something that we still find sensible next month.',
    'Half of it is clear to me, and the other half keeps changing shape.',
    'I am open, as long as we do not lose sight of the small things.',
  ],
  proposals: [
    {
      do: 'take it one step at a time and begin with the easiest part',
      short: 'one step at a time',
      ask: 'which part is the easiest?',
      answers: [
        'the one that we could finish before anybody gets tired of it.',
        'whatever needs no permission from anyone.',
      ],
      doubt: 'the easy part is not the one that keeps me awake',
      refine: 'we do the easy part today and the hard one first thing tomorrow',
      settled: 'the easy part today, the hard one tomorrow',
    },
    {
      do: 'try it for a short while and then look at it again',
      short: 'a short trial',
      ask: 'how short is a short while?',
      answers: ['two weeks; long enough to notice something.', 'until the end of the month, and not a day longer.'],
      doubt: 'trials have a way of never ending',
      refine: 'we put the last day into the calendar now',
      settled: 'a short trial with a fixed last day',
    },
    {
      do: 'each name the one thing that we would not give up',
      short: 'one thing each',
      ask: 'what would yours be?',
      answers: ['enough time to do it properly.', 'that we can still laugh about it afterwards.'],
      doubt: 'I am not sure that I can boil it down to one',
      refine: 'we allow two things each, but no more',
      settled: 'two things each that nobody has to give up',
    },
    {
      do: 'keep it simple and drop whatever does not help',
      short: 'the simple way',
      ask: 'what does not help, in your eyes?',
      answers: ['anything that we only do because we did it last time.', 'the part that nobody here can explain.'],
      doubt: 'some of that is there for a reason',
      refine: 'we ask why it is there before we drop it',
      settled: 'the simple way, but nothing is dropped unasked',
    },
  ],
};
