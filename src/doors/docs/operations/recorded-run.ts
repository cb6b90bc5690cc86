/**
 * A real run, as the server answered about it: the demo model, with an evaluator of type `llm` that judges one dimension,
 * "goal". The examples are made of it.
 */
export const REQUEST = {
  agent_configs: [
    { name: 'Alice', goal: 'Find a day for a hike' },
    { name: 'Bob', goal: 'Stay at home this weekend' },
  ],
  scenario: 'Two friends plan their weekend',
  max_turns: 1,
  seed: 7,
} as const;

/** Answer to the request. */
export const ACCEPTED = {
  conversation_id: 'conv_01a1fd70-c097-745a-8115-2a7536022601',
  run_id: 'run_01a1fd70-c097-7ac7-8420-f13abd1ef42e',
  status: 'running',
  agent_count: 2,
  model_used: 'demo',
  models: ['demo', 'demo'],
} as const;

/** Its line in the list. */
export const SUMMARY = {
  conversation_id: 'conv_01a1fd70-c097-745a-8115-2a7536022601',
  kind: 'multi_agent',
  status: 'completed',
  agent_count: 2,
  model_used: 'demo',
  models: ['demo', 'demo'],
  turn_count: 1,
  created_at: '2026-11-21T09:29:47.415Z',
  updated_at: '2026-11-21T09:29:47.453Z',
} as const;

/** The conversation after its only turn. */
export const COMPLETED = {
  conversation_id: 'conv_01a1fd70-c097-745a-8115-2a7536022601',
  kind: 'multi_agent',
  status: 'completed',
  agent_count: 2,
  model_used: 'demo',
  models: ['demo', 'demo'],
  turn_count: 1,
  created_at: '2026-11-21T09:29:47.415Z',
  updated_at: '2026-11-21T09:29:47.453Z',
  scenario: 'Two friends plan their weekend',
  max_turns: 1,
  action_order: 'simultaneous',
  seed: 7,
  run_id: null,
  terminated_by: { reason: 'max_turns', detail: 'the one agreed turn is over' },
  evaluation_results: {
    per_agent: {
      Alice: { overall_score: 0, normalized_score: 0, dimensions: { goal: 0 } },
      Bob: { overall_score: 2, normalized_score: 0.2, dimensions: { goal: 2 } },
    },
    reasoning:
      'Alice comments:\ngoal: demo rule: 6 of 10 for 0 of 3 words of the goal came up, 4 of 10 for an agreement (no)\nBob comments:\ngoal: demo rule: 6 of 10 for 1 of 3 words of the goal came up, 4 of 10 for an agreement (no)',
    results: [
      {
        scope: 'terminal',
        turn: 1,
        evaluator: 'llm',
        target: 'Alice',
        dimension: 'goal',
        reasoning: 'demo rule: 6 of 10 for 0 of 3 words of the goal came up, 4 of 10 for an agreement (no)',
        range: [0, 10],
        score: 0,
        status: 'scored',
      },
      {
        scope: 'terminal',
        turn: 1,
        evaluator: 'llm',
        target: 'Bob',
        dimension: 'goal',
        reasoning: 'demo rule: 6 of 10 for 1 of 3 words of the goal came up, 4 of 10 for an agreement (no)',
        range: [0, 10],
        score: 2,
        status: 'scored',
      },
    ],
  },
  episode_log: {
    environment: 'Two friends plan their weekend',
    agents: ['Alice', 'Bob'],
    models: ['demo', 'demo'],
    messages: [
      [
        ['Alice', 'Environment', 'Alice said: "Good to see you, Bob. It has been a while."'],
        [
          'Bob',
          'Environment',
          'Bob said: "Hello Alice, thanks for making the time. Shall we talk about our weekend? I would like to hear you first."',
        ],
      ],
    ],
    reasoning:
      'Alice comments:\ngoal: demo rule: 6 of 10 for 0 of 3 words of the goal came up, 4 of 10 for an agreement (no)\nBob comments:\ngoal: demo rule: 6 of 10 for 1 of 3 words of the goal came up, 4 of 10 for an agreement (no)',
    rewards: [
      [0, { goal: 0, overall_score: 0 }],
      [2, { goal: 2, overall_score: 2 }],
    ],
    tag: '',
    turn_count: 1,
  },
  error: null,
  usage: { input_tokens: 1060, output_tokens: 131, total_tokens: 1191, calls: 3 },
  started_at: '2026-11-21T09:29:47.415Z',
  ended_at: '2026-11-21T09:29:47.453Z',
} as const;

/** Its messages. */
export const MESSAGES = [
  {
    seq: 5,
    message_id: 'msg_01a1fd70-c099-7426-b35a-c1d53c56bfa9',
    at: '2026-11-21T09:29:47.440Z',
    role: 'assistant',
    agent: 'Alice',
    text: 'Good to see you, Bob. It has been a while.',
    stop_reason: 'stop',
    usage: { input_tokens: 258, output_tokens: 22, total_tokens: 280, calls: 1 },
    turn: 1,
    action_type: 'speak',
  },
  {
    seq: 7,
    message_id: 'msg_01a1fd70-c0a4-718e-b7c2-143609c7a7e9',
    at: '2026-11-21T09:29:47.440Z',
    role: 'assistant',
    agent: 'Bob',
    text: 'Hello Alice, thanks for making the time. Shall we talk about our weekend? I would like to hear you first.',
    stop_reason: 'stop',
    usage: { input_tokens: 259, output_tokens: 38, total_tokens: 297, calls: 1 },
    turn: 1,
    action_type: 'speak',
  },
] as const;

/** Its transcript. */
export const MARKDOWN =
  '# Two friends plan their weekend\n\nAgents: Alice, Bob\n\n## Turn 1\n\n- Alice said: "Good to see you, Bob. It has been a while."\n- Bob said: "Hello Alice, thanks for making the time. Shall we talk about our weekend? I would like to hear you first."\n\n_completed: the one agreed turn is over_\n\n## Evaluation\n\nAlice comments:\ngoal: demo rule: 6 of 10 for 0 of 3 words of the goal came up, 4 of 10 for an agreement (no)\nBob comments:\ngoal: demo rule: 6 of 10 for 1 of 3 words of the goal came up, 4 of 10 for an agreement (no)\n';

/** Frames of its canonical stream, by cursor; those about Bob are left out. */
export const CANONICAL_FRAMES = [
  [
    '1',
    {
      seq: 1,
      cursor: '1',
      at: '2026-11-21T09:29:47.415Z',
      conversation_id: 'conv_01a1fd70-c097-745a-8115-2a7536022601',
      run_id: 'run_01a1fd70-c097-7ac7-8420-f13abd1ef42e',
      type: 'run_start',
      kind: 'multi_agent',
      on_disconnect: 'continue',
    },
  ],
  [
    '2',
    {
      seq: 2,
      cursor: '2',
      at: '2026-11-21T09:29:47.416Z',
      conversation_id: 'conv_01a1fd70-c097-745a-8115-2a7536022601',
      run_id: 'run_01a1fd70-c097-7ac7-8420-f13abd1ef42e',
      type: 'turn_start',
      turn: 1,
    },
  ],
  [
    '3',
    {
      seq: 3,
      cursor: '3',
      at: '2026-11-21T09:29:47.417Z',
      conversation_id: 'conv_01a1fd70-c097-745a-8115-2a7536022601',
      run_id: 'run_01a1fd70-c097-7ac7-8420-f13abd1ef42e',
      agent: 'Alice',
      type: 'message_start',
      message_id: 'msg_01a1fd70-c099-7426-b35a-c1d53c56bfa9',
      role: 'assistant',
      model: 'demo',
    },
  ],
  [
    '4/42',
    {
      cursor: '4/42',
      at: '2026-11-21T09:29:47.440Z',
      conversation_id: 'conv_01a1fd70-c097-745a-8115-2a7536022601',
      run_id: 'run_01a1fd70-c097-7ac7-8420-f13abd1ef42e',
      agent: 'Alice',
      type: 'message_update',
      message_id: 'msg_01a1fd70-c099-7426-b35a-c1d53c56bfa9',
      offset: 0,
      delta: { type: 'text', text: 'Good to see you, Bob. It has been a while.' },
    },
  ],
  [
    '5',
    {
      seq: 5,
      cursor: '5',
      at: '2026-11-21T09:29:47.440Z',
      conversation_id: 'conv_01a1fd70-c097-745a-8115-2a7536022601',
      run_id: 'run_01a1fd70-c097-7ac7-8420-f13abd1ef42e',
      agent: 'Alice',
      type: 'message_end',
      message_id: 'msg_01a1fd70-c099-7426-b35a-c1d53c56bfa9',
      role: 'assistant',
      text: 'Good to see you, Bob. It has been a while.',
      stop_reason: 'stop',
      usage: { input_tokens: 258, output_tokens: 22, total_tokens: 280, calls: 1 },
    },
  ],
  [
    '11',
    {
      seq: 11,
      cursor: '11',
      at: '2026-11-21T09:29:47.450Z',
      conversation_id: 'conv_01a1fd70-c097-745a-8115-2a7536022601',
      run_id: 'run_01a1fd70-c097-7ac7-8420-f13abd1ef42e',
      type: 'evaluation_result',
      scope: 'terminal',
      turn: 1,
      evaluator: 'llm',
      target: 'Alice',
      dimension: 'goal',
      reasoning: 'demo rule: 6 of 10 for 0 of 3 words of the goal came up, 4 of 10 for an agreement (no)',
      range: [0, 10],
      score: 0,
      status: 'scored',
    },
  ],
  [
    '15',
    {
      seq: 15,
      cursor: '15',
      at: '2026-11-21T09:29:47.453Z',
      conversation_id: 'conv_01a1fd70-c097-745a-8115-2a7536022601',
      run_id: 'run_01a1fd70-c097-7ac7-8420-f13abd1ef42e',
      type: 'run_end',
      outcome: 'completed',
      code: 'max_turns',
      detail: 'the one agreed turn is over',
      usage: { input_tokens: 1060, output_tokens: 131, total_tokens: 1191, calls: 3 },
    },
  ],
] as const;

/** All frames of its chat stream, by cursor. */
export const CHAT_FRAMES = [
  [
    '4/42',
    {
      event_type: 'chat_chunk',
      timestamp: '2026-11-21T09:29:47.440Z',
      content: 'Good to see you, Bob. It has been a while.',
      is_complete: false,
    },
  ],
  [
    '6/105',
    {
      event_type: 'chat_chunk',
      timestamp: '2026-11-21T09:29:47.440Z',
      content:
        'Hello Alice, thanks for making the time. Shall we talk about our weekend? I would like to hear you first.',
      is_complete: false,
    },
  ],
  [
    '15',
    {
      event_type: 'chat_complete',
      timestamp: '2026-11-21T09:29:47.453Z',
      final_response:
        'Good to see you, Bob. It has been a while.Hello Alice, thanks for making the time. Shall we talk about our weekend? I would like to hear you first.',
      total_tool_calls: 0,
      conversation_id: 'conv_01a1fd70-c097-745a-8115-2a7536022601',
      usage: { input_tokens: 1060, output_tokens: 131, total_tokens: 1191, calls: 3 },
    },
  ],
] as const;
