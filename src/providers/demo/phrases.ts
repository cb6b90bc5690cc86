/** What a line of the demo model does in the talk. */
export type Act =
  | 'greet'
  | 'greet_back'
  | 'small_talk'
  | 'open'
  | 'view'
  | 'propose'
  | 'counter'
  | 'ask'
  | 'answer'
  | 'doubt'
  | 'refine'
  | 'support'
  | 'nudge'
  | 'agree'
  | 'detail'
  | 'answer_detail'
  | 'reply'
  | 'decide'
  | 'confirm'
  | 'leave'
  | 'muse';

/**
 * The phrasings of each act. Slots: `{name}` whom it is said to, `{topic}`, `{hint}` and `{role}` of the speaker, and the
 * texts of the proposal on the table; a slot in capitals (`{Ask}`) begins a sentence. A phrasing whose slot is empty is
 * not used. No phrasing of the acts that are recognised by their words may contain one of another act (tested).
 */
export const PHRASES: Readonly<Record<Act, readonly string[]>> = {
  greet: [
    'Hi {name}, good to see you.',
    'Hello {name}, glad you could make it.',
    'Hey {name}, nice to have a moment with you.',
    'Good to see you, {name}.',
    'Hello {name}, thanks for making the time.',
    'Hi there, {name}.',
    'Hello {name}, I am glad we are doing this.',
    'Welcome, {name}.',
    'Hello, it is good to be here.',
  ],
  greet_back: [
    'Hi {name}, good to see you too.',
    'Hello {name}, same here.',
    'Hey {name}, likewise.',
    'Good to see you as well, {name}.',
    'Hello {name}, I am happy to be here too.',
    'Hi {name}, sorry to keep you waiting.',
    'Nice to see you, {name}.',
    'Hello, I am happy to be here as well.',
  ],
  small_talk: [
    'I was looking forward to this.',
    'It has been a while.',
    'Good that it worked out today.',
    'I brought a few ideas along.',
    'I am curious what comes of it.',
    'I have a good feeling about today.',
    'I even left my phone at home.',
    'Let us make it count.',
    'I only just got here myself.',
  ],
  open: [
    'So, {topic}: where do you want to start?',
    'I have been thinking about {topic}. What is on your mind?',
    'Shall we talk about {topic}? I would like to hear you first.',
    'About {topic}: what would make you happy in the end?',
    'I wanted to ask you about {topic}. How do you see it?',
    'Let us begin with {topic}. What matters most to you there?',
  ],
  view: [
    'For me it comes down to {hint}.',
    'I keep coming back to {hint}.',
    'I tend to look at the practical side first; being {role} does that to you.',
    'As {role} I have seen this go well, and I have seen it go badly.',
    'I have been turning {topic} over in my head all week.',
    'I would rather get {topic} right than get it over with.',
    'My head says one thing about {topic} and my heart another.',
    'I have no fixed plan, but I would like us to end with something definite.',
    'The main thing for me is that nobody feels pushed.',
  ],
  propose: [
    'How about we {do}?',
    'What if we {do}?',
    'Here is a thought: we {do}.',
    'My suggestion would be that we {do}.',
    'We could {do}.',
    'Suppose we {do}.',
  ],
  counter: [
    'Or, to turn it around: what if we {do}?',
    'There is another way to look at it: we {do}.',
    'Let me put something else next to it: we {do}.',
    'Before we settle on that, we could also {do}.',
  ],
  ask: [
    '{Ask}',
    'Before I say yes: {ask}',
    'One question first: {ask}',
    'I want to picture it. {Ask}',
    'Tell me more: {ask}',
    'Just so that I understand: {ask}',
  ],
  answer: ['{Answer}', 'Let me see. {Answer}', 'Off the top of my head: {answer}', 'Well, {answer}'],
  doubt: [
    'Still, {doubt}.',
    'To be honest, {doubt}.',
    'My only worry: {doubt}.',
    'I hesitate a little: {doubt}.',
    'The thing is, {doubt}.',
  ],
  refine: [
    'Then {refine}.',
    'In that case {refine}.',
    'How would it be if {refine}?',
    'All right, suppose that {refine}.',
    'Would it help if {refine}?',
  ],
  support: [
    'I could get behind that, {name}.',
    'It would spare us a lot of back and forth.',
    'And it leaves room to change our minds later.',
    'It would be easy to explain to anybody who asks.',
    'I have seen something like it work before.',
    'The longer I think about {short}, the more I like it.',
    'Nobody loses anything by giving {short} a chance.',
    'It is certainly better than going round in circles.',
    'I was hoping that somebody would bring that up.',
    'There is something to {short}, I must say.',
  ],
  nudge: [
    'What do you say to {short}, {name}?',
    'How does {short} sound to you, {name}?',
    'Is there anything that speaks against {short}?',
    'You look thoughtful, {name}. Did I miss something?',
    'I would like to hear what you make of it, {name}.',
  ],
  agree: [
    'That works for me.',
    'Yes, I can live with that, and gladly.',
    'You have won me over, {name}.',
    'Count me in, {name}.',
    'That is a version I would sign.',
    'Put like that, I am all for it.',
    'Fine by me, and better than what I came with.',
    'Yes, let us do it that way.',
    'I have nothing against it any more, {name}.',
  ],
  detail: ['{Detail}', 'Only one thing left: {detail}', 'Which leaves the small print: {detail}'],
  answer_detail: ['{DetailAnswer}', 'That is easy: {detailAnswer}', 'If you ask me, {detailAnswer}'],
  reply: [
    'That depends on what we want from {topic} in the end, {name}.',
    'I have no quick answer to that, but my feeling is that we should not rush it.',
    'Let me put it this way, {name}: I would rather be careful than sorry.',
    'I was asking myself the same thing. My guess lies somewhere in the middle.',
    'Hard to say from where I stand, {name}; tell me how you see it.',
    'I could argue it both ways, which usually means that the truth is dull.',
  ],
  decide: [
    'Then it is settled: {settled}.',
    'So this is the plan: {settled}.',
    'Let me sum it up: {settled}.',
    'All right, we go with {settled}.',
    'Then let us shake hands on it: {settled}.',
  ],
  confirm: [
    'Perfect, you can rely on me.',
    'Thank you, {name}; that was easier than I expected.',
    'Very well, I am glad that we talked.',
    'I am happy with that, {name}.',
    'I feel better about {topic} already.',
    'Wonderful, {name}, I will do my part.',
    'It is a good plan, and I will stick to it.',
    'From my side there is nothing to add but thanks.',
    'That is a good place to stop, {name}.',
  ],
  leave: [
    'I have to be off now. See you, {name}!',
    'That is all from me for today. Goodbye, {name}.',
    'I will leave it at that. Take care, {name}.',
    'Time for me to go. Until next time, {name}!',
    'I am on my way, then. All the best, {name}.',
    'That is everything for today. Goodbye!',
  ],
  muse: [
    'So, {topic}. Where do I begin?',
    'One could {do}, I suppose.',
    'But then: {ask}',
    '{Answer} At least that is what I would tell somebody else.',
    'It is quiet here. Good for thinking.',
    'What speaks against it? {Doubt}.',
    'I have been turning {topic} over for long enough.',
    'In the end it will be {settled}.',
    'That is enough thinking aloud for one day.',
  ],
};

/** What is said first about the line one reacts to. */
export const REACTIONS: Readonly<Partial<Record<Act, readonly string[]>>> = {
  view: ['I like that.', 'That makes sense.', 'I feel much the same.', 'Good, that helps.', 'I see it much like you.'],
  propose: ['Interesting.', 'I had not thought of that.', 'Hm, that has something.', 'Not a bad start.'],
  counter: ['Oh, that is different.', 'Hm, why not.', 'Now that is a twist.'],
  ask: ['Fair question.', 'Glad you ask.', 'I hoped you would ask.'],
  answer: ['That helps.', 'I see.', 'Good to know.', 'All right.'],
  doubt: ['Fair point.', 'I understand.', 'True.', 'You are right to say so.'],
  refine: ['Now we are getting somewhere.', 'Much better.', 'That changes things.', 'See, that is what I meant.'],
  support: ['Exactly.', 'I am glad you say so.', 'Thank you for that.'],
  agree: ['Great.', 'Good to hear.', 'Lovely.', 'That makes me happy.'],
  answer_detail: ['Splendid.', 'Thank you.', 'Even better.'],
};

/** What is said first about a line the demo model has not written itself; `{echo}` is a noun phrase of it. */
export const ECHOES: readonly string[] = [
  'You have a point about {echo}.',
  'I see what you mean with {echo}.',
  'Good that you mention {echo}.',
  'I will remember what you say about {echo}.',
];

/** What follows a summing up. */
export const COMMITMENTS: readonly string[] = [
  'I will write it down tonight.',
  'I take the first step tomorrow.',
  'If anything changes, tell me early.',
  'I will remind us in time.',
  'We can be proud of that.',
];

/** A question that comes with an agreement, and its answers. */
export interface Detail {
  readonly detail: string;
  readonly answers: readonly string[];
}

export const DETAILS: readonly Detail[] = [
  {
    detail: 'who takes the first step?',
    answers: ['I will, today still.', 'let me do it; I have a free hour tonight.'],
  },
  {
    detail: 'when do we begin?',
    answers: ['tomorrow morning, before anything gets in the way.', 'the sooner the better; tonight, even.'],
  },
  {
    detail: 'whom else do we have to tell?',
    answers: ['nobody yet; let us surprise them.', 'only those who would hear it anyway.'],
  },
  {
    detail: 'what can I do to help?',
    answers: ['keep me honest about it, that is enough.', 'remind me if I forget half of it.'],
  },
];

/** What listeners do, by the act they listen to; the rest fits anywhere. */
export const GESTURES: Readonly<Partial<Record<Act, readonly string[]>>> & { readonly any: readonly string[] } = {
  greet: [
    'smiles and waves',
    'nods a greeting around',
    'gets up to shake hands',
    'finds a seat',
    'lifts a cup in greeting',
    'pulls up a chair',
    'hangs up the coat and sits down',
    'arrives a little out of breath',
  ],
  small_talk: ['laughs quietly', 'makes room on the bench'],
  open: ['thinks for a moment', 'leans back and considers it'],
  propose: ['tilts the head, weighing the idea', 'raises an eyebrow, not unfriendly'],
  counter: ['raises both eyebrows', 'whistles softly'],
  ask: ['scratches the chin', 'looks up at the ceiling, thinking'],
  doubt: ['frowns a little', 'presses the lips together'],
  refine: ['brightens up', 'nods, faster this time'],
  agree: ['smiles, visibly relieved', 'gives a thumbs-up'],
  decide: ['nods firmly', 'beams'],
  confirm: ['smiles contentedly', 'leans back, satisfied'],
  any: [
    'nods slowly',
    'leans forward to hear better',
    'looks out of the window for a moment',
    'rests the chin on one hand',
    'listens with folded hands',
    'smiles to nobody in particular',
    'hums in agreement',
    'turns a pen between two fingers',
    'glances at the others',
    'takes a deep breath',
  ],
};

/** What listeners busy themselves with. */
export const DEEDS: readonly string[] = [
  'pours a glass of water',
  'writes a few words on a slip of paper',
  'opens the window a little',
  'moves the chair closer',
  'puts the phone away',
  'sketches something on a napkin',
];

/** Used first after a decision. */
export const CLOSING_DEEDS: readonly string[] = [
  'writes the decision down',
  'ticks off the last line of the notes',
  'closes the notebook',
];
