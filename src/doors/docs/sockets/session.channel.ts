import {
  CancelTaskDto,
  GenerateDto,
  NoParamsDto,
  ResumeSessionDto,
  TOOL_CHOICES,
  ToolResultDto,
  ToolResultsDto,
} from '../../jsonrpc/session.dto.js';
import {
  listOf,
  object,
  oneOfWords,
  orNull,
  schemaRef,
  text,
  type JsonSchema,
  type JsonValue,
} from '../json-schema.js';
import { RPC_ERROR, RPC_ID } from '../operations/sessions.operations.js';
import { describeDto, schemaName, type DtoClass } from '../schema-of.js';
import { MESSAGE_ID, RUN_ID } from '../schemas/shared.schemas.js';
import type { SocketChannel, SocketMessage } from './socket-channel.js';

const SESSION = 'sess_01a21755-9a1c-7d4f-8a54-3b2fbd5fd1a0';
const TASK = 'run_01a21755-9a24-7b8e-9d0f-5c1d2e3f4a5b';
const VERSION: JsonSchema = { type: 'string', const: '2.0' };
const HERE = { session_id: SESSION, task_id: TASK };

const OWN_SESSION = 'May be there; then it is that of this socket.';

function call(method: string, dto: DtoClass, params: JsonValue, summary: string): SocketMessage {
  const reply = `${method}Answer`;
  return {
    summary,
    payload: object(
      { jsonrpc: VERSION, method: { type: 'string', const: method } },
      { id: RPC_ID, params: schemaRef(schemaName(dto)) },
    ),
    example: { jsonrpc: '2.0', id: 1, method, params },
    replies: [reply, 'failure'],
  };
}

function answer(result: JsonSchema, example: JsonValue, summary: string): SocketMessage {
  return {
    summary,
    payload: object({ jsonrpc: VERSION, result, id: RPC_ID }),
    example: { jsonrpc: '2.0', result: example, id: 1 },
  };
}

const status = (words: readonly string[], description: string): JsonSchema =>
  object({ status: oneOfWords(words, description) });

type Properties = Readonly<Record<string, JsonSchema>>;

function notification(method: string, params: Properties, example: object, summary: string): SocketMessage {
  const places = {
    session_id: orNull(text('The session.')),
    task_id: orNull(RUN_ID),
    cursor: orNull(text('To be sent as `after` of `resume`.')),
  };
  return {
    summary,
    payload: object({
      jsonrpc: VERSION,
      method: { type: 'string', const: method },
      params: object({ ...places, ...params }),
    }),
    example: { jsonrpc: '2.0', method, params: { ...HERE, ...example, cursor: '7' } },
  };
}

const PARAMETERS: JsonSchema = { type: 'object', description: 'Arguments of the call.' };

/** `/ws/{session_id}`. */
export const SESSION_CHANNEL: SocketChannel = {
  name: 'session',
  address: '/ws/{session_id}',
  title: 'Sessions: JSON-RPC 2.0 with tools that the client runs',
  description:
    'Calls, notifications (a call without `id` is not answered) and batches of up to 20, one after the other. Answers come before ' +
    'what they cause. A task that asks for tools says so, says `end` with `Function call(s) requested`, and waits; with the results it ' +
    'goes on under the same `task_id`. A session outlives its sockets: a new one sees what goes on once it has called `resume`, or ' +
    'with its next `generate`. An event may have two notifications; the first of them may come again after a `resume` from its cursor. ' +
    'A session that is not there is `error` −32000, then close 1008.',
  parameters: { session_id: 'As POST /create_session gave it.' },
  received: {
    generate: call(
      'generate',
      GenerateDto,
      { history: [{ role: 'user', content: 'Hello, tell me a joke.' }] },
      'Begins a task.',
    ),
    tool_result: call(
      'tool_result',
      ToolResultsDto,
      {
        task_id: TASK,
        results: [{ tool_call_id: 'call_1', tool_name: 'get_weather', result: { temperature: '15 C' } }],
      },
      'Gives results of tools, all at once or one by one.',
    ),
    cancel: call('cancel', CancelTaskDto, {}, 'Stops the task under way.'),
    resume: call(
      'resume',
      ResumeSessionDto,
      { after: '7' },
      'Gives what came after a cursor, and from then on all of the session.',
    ),
    ping: call('ping', NoParamsDto, {}, 'Asks for a sign of life.'),
    tool_list: call('tool_list', NoParamsDto, {}, 'Lists the tools of the server and of the session.'),
  },
  sent: {
    generateAnswer: answer(
      object({ status: oneOfWords(['processing'], 'It is under way.'), task_id: RUN_ID }),
      { status: 'processing', task_id: TASK },
      'The task is accepted and durable.',
    ),
    tool_resultAnswer: answer(
      status(
        [
          'received_and_processed',
          'received_ignored_unknown_task',
          'received_ignored_no_pending_call_in_task_state',
          'received_empty_results_unexpectedly',
        ],
        'How they were received. Of calls that are not awaited: the error −32602 with `{required_ids, received_ids, missing_ids, extra_ids}`.',
      ),
      { status: 'received_and_processed' },
      'The results were received; taken ones are durable.',
    ),
    cancelAnswer: answer(status(['cancelled'], 'Its `end` follows.'), { status: 'cancelled' }, 'The task was stopped.'),
    resumeAnswer: answer(
      object({
        status: oneOfWords(['resumed', 'up_to_date'], 'Whether there is anything to come.'),
        task_id: orNull(RUN_ID),
      }),
      { status: 'resumed', task_id: TASK },
      'What is missing follows. `task_id` is the task that was asked for, or is under way.',
    ),
    pingAnswer: answer(status(['pong'], 'Always.'), { status: 'pong' }, 'A sign of life.'),
    tool_listAnswer: answer(
      object({
        tools: listOf(schemaRef('ListedTool'), 'Those of the server, which agents use.'),
        client_tools: listOf(schemaRef('ListedTool'), 'Those of the session, as its client calls them.'),
      }),
      { tools: [], client_tools: [] },
      'The tools.',
    ),
    failure: {
      summary: 'A call that was refused or failed.',
      payload: object({ jsonrpc: VERSION, error: RPC_ERROR, id: RPC_ID }),
      example: { jsonrpc: '2.0', error: { code: -32_003, message: 'No active generation to cancel' }, id: 99 },
    },
    text_chunk: notification(
      'text_chunk',
      { chunk: text('A piece of the text.'), content: text('The same by its other name.') },
      { chunk: 'Hel', content: 'Hel' },
      'A piece of the answer.',
    ),
    function_call_request: notification(
      'function_call_request',
      {
        request_id: text('Id of the call: `tool_call_id` of its result.'),
        tool_name: text('As the client calls it.'),
        parameters: PARAMETERS,
        tool_call: object({ id: text('The id once more.'), tool: text('The name once more.'), parameters: PARAMETERS }),
      },
      {
        request_id: 'call_1',
        tool_name: 'get_weather',
        parameters: { location: 'Oslo' },
        tool_call: { id: 'call_1', tool: 'get_weather', parameters: { location: 'Oslo' } },
      },
      'A tool that the client has to run.',
    ),
    text_discarded: notification(
      'text_discarded',
      { message_id: MESSAGE_ID },
      { message_id: 'msg_01a21755-9a30-7c1d-8e2f-6a7b8c9d0e1f' },
      'The text since the last `end`, or since the task began, is to be dropped: it was lost in a crash, and comes anew.',
    ),
    end: notification(
      'end',
      {
        final_text: orNull(text('With `Completed`: all text of the task.')),
        status_message: oneOfWords(
          ['Completed', 'Function call(s) requested', 'Cancelled', 'Failed'],
          'How it ended; after the second it goes on.',
        ),
      },
      { final_text: 'Hello', status_message: 'Completed' },
      'The end of a task, or of a stretch of it.',
    ),
    error: notification(
      'error',
      { error: RPC_ERROR },
      {
        error: {
          code: -32_603,
          message: 'the model "demo" could not answer',
          data: { code: 'upstream_unavailable', retryable: true },
        },
      },
      'What failed a task (its `end` follows), or ended what this socket gets.',
    ),
  },
  bodies: [GenerateDto, ToolResultsDto, CancelTaskDto, ResumeSessionDto, NoParamsDto],
  dtos: [
    describeDto(GenerateDto, {
      history:
        'What was said, instead of what this server remembers; its last message, or `message`, is what is answered.',
      message: 'What is said.',
      tools: 'Tools that the client runs, instead of those of the session.',
      tool_choice: {
        description: 'For the first answer: whether it calls a tool. `any` is `required`.',
        schema: {
          anyOf: [
            { type: 'string', enum: TOOL_CHOICES },
            object({
              type: { type: 'string', const: 'function' },
              function: object({ name: text('As the client calls it.') }),
            }),
          ],
        },
      },
      max_tokens: 'Of each answer.',
      max_new_tokens: '`max_tokens` by its other name.',
      temperature: 'Instead of the configured one.',
      top_p: 'Instead of the configured one.',
      model: 'Instead of the default one, or that of the agent.',
      agent_name: 'Key of an agent that answers, with its own tools beside the client’s. Missing: the model alone.',
      session_id: OWN_SESSION,
      iteration_count: 'Taken and not used.',
    }),
    describeDto(ToolResultsDto, {
      session_id: OWN_SESSION,
      task_id: 'The task that asked.',
      results: 'What came of the calls.',
    }),
    describeDto(ToolResultDto, {
      tool_call_id: '`request_id` of the call.',
      tool_name: 'Name of the tool; not looked at.',
      result: { description: 'What came of it: text, or any JSON.', schema: {} },
      is_error: 'Whether the tool failed.',
      isError: '`is_error` by its other name.',
      error_message: 'What went wrong.',
      error: 'What went wrong; that it is there says that the tool failed.',
    }),
    describeDto(CancelTaskDto, { session_id: OWN_SESSION, task_id: 'Only this task.' }),
    describeDto(ResumeSessionDto, {
      session_id: OWN_SESSION,
      after: {
        description: 'The last cursor that was given; missing: the start.',
        schema: { type: ['string', 'integer'] },
      },
      task_id: 'Only this task; missing: the session, from then on.',
    }),
    describeDto(NoParamsDto, { session_id: OWN_SESSION }),
  ],
};
