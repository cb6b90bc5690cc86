import type { AssistantMessage, ToolCallContent, ToolResultMessage } from '../../core/agent-messages/message.js';
import type { AgentContext, AgentHooks as LoopHooks, MessageQueue, QueuedMessage } from '../../core/agent/context.js';
import { NO_HISTORY } from '../../core/agent/history.js';
import { runAgent } from '../../core/agent/run-agent.js';
import { initialAgentState } from '../../core/agent/state.js';
import type { RunResult } from '../../core/conversation/run-result.js';
import type { NewFact, ToolExecutionEnd } from '../../core/events/conversation-event.js';
import type { MessageId } from '../../core/kernel/ids.js';
import type { ModelEnd, ModelProvider } from '../../core/ports/model-provider.js';
import type { RunLog } from '../../core/ports/run-log.js';
import type { AgentEvent } from './agent-event.js';
import type { AgentMessage } from './agent-message.js';
import type { AgentOptions } from './agent-options.js';
import type { AgentState } from './agent-state.js';
import type { AgentToolResult } from './agent-tool.js';
import { textResult } from './agent-tool.js';
import { askModel, contextOf, namedModel } from './ask-model.js';
import { brokenMessage, endOf } from './finished-message.js';
import { EventFold } from './event-fold.js';
import { PatientClock } from './patient-clock.js';
import { RunTools } from './run-tools.js';
import { ABORTED_TEXT, messageOf } from './stream-call.js';
import { ToolBatch } from './tool-batch.js';
import type { WaitingMessages } from './waiting-messages.js';

/** What a run needs of its agent. */
export interface RunHost {
  readonly options: AgentOptions;
  /** As it is now. */
  readonly state: () => AgentState;
  readonly emit: (event: AgentEvent) => void;
  readonly steering: WaitingMessages;
  readonly followUps: WaitingMessages;
  readonly signal: AbortSignal;
}

const NOT_RUN = 'Tool execution was aborted';

/**
 * One run of an agent: the server's own loop over a log that is kept nowhere, and told as events. What the loop does not
 * know (images, details, signatures, the program's own messages) stays here beside it.
 */
export class AgentRun implements RunLog {
  readonly #host: RunHost;
  readonly #tools: RunTools;
  readonly #new: AgentMessage[] = [];
  /** Told to the agent, and to be shown when the next turn starts. */
  #inputs: AgentMessage[];
  /** Those of the inputs that were taken from a queue, and the queue. */
  #taken: { readonly message: AgentMessage; readonly from: WaitingMessages }[] = [];
  #begun = false;
  #inTurn = false;
  /** The answer of this turn; its start was told, its end was. */
  #answer: AssistantMessage | undefined;
  #answerShown = false;
  #answerTold = false;
  #batch: ToolBatch<AgentToolResult> | undefined;
  #results: ToolResultMessage[] = [];

  /** @param inputs what the agent is told; none: it goes on with what it has */
  constructor(host: RunHost, inputs: readonly AgentMessage[]) {
    this.#host = host;
    this.#inputs = [...inputs];
    this.#tools = new RunTools(host.state().tools, {
      hooks: host.options,
      signal: host.signal,
      answer: () => this.#answer ?? this.#broken('error', ''),
    });
  }

  /** Drives it to its end: never rejects. The last event is `agent_end`. */
  async drive(): Promise<void> {
    let result: RunResult;
    try {
      result = await runAgent(await this.#context(), initialAgentState(NO_HISTORY));
    } catch (error) {
      result = { outcome: 'failed', code: 'internal', detail: messageOf(error) };
    }
    this.#close(result);
  }

  append(facts: readonly NewFact[]): void {
    for (const { body } of facts) {
      if (body.type === 'agent_start') this.#begin();
      else if (body.type === 'turn_start') this.#startTurn();
      else if (body.type === 'turn_end') this.#endTurn();
      else if (body.type === 'tool_execution_start') this.#batch?.start(body.tool_call_id);
      else if (body.type === 'tool_execution_end') this.#endCall(body);
      else if (body.type === 'message_end' && body.role === 'assistant') this.#endAnswer();
    }
  }

  /** The answer's pieces are told as the `streamFn` gives them, with all that is known of them. */
  delta(): void {
    return undefined;
  }

  shownText(): { readonly text: string } {
    return { text: '' };
  }

  toolUpdate(tool_call_id: string, tool_name: string, partial: unknown): void {
    const args = this.#callOf(tool_call_id)?.arguments ?? {};
    const partial_result = partial as AgentToolResult;
    this.#host.emit({ type: 'tool_execution_update', tool_call_id, tool_name, args, partial_result });
  }

  committed(): Promise<void> {
    return Promise.resolve();
  }

  async #context(): Promise<AgentContext> {
    const { options, signal, state } = this.#host;
    const { checkArguments } = await import('../../tools/shared/check-arguments.js');
    const { maxParallelTools = Number.POSITIVE_INFINITY, toolExecution, toolTimeoutMs, maxToolRounds } = options;
    let messages = 0;
    return {
      agent: 'agent',
      provider: this.#provider(),
      request: {},
      tools: this.#tools.forLoop(),
      client_tools: [],
      client_tool_mode: 'wait',
      max_parallel_tools: toolExecution === 'sequential' ? 1 : Math.max(1, maxParallelTools),
      tool_call_ms: toolTimeoutMs ?? Number.POSITIVE_INFINITY,
      max_tool_rounds: maxToolRounds ?? Number.POSITIVE_INFINITY,
      allow_empty: true,
      limits: {
        calls_per_message: Number.POSITIVE_INFINITY,
        tool_result_chars: Number.POSITIVE_INFINITY,
        client_tool_ms: 0,
        history_messages: Number.POSITIVE_INFINITY,
      },
      checkArguments,
      results: { next: () => Promise.resolve('aborted') },
      queue: this.#queue(),
      hooks: { ...this.#tools.hooks(), ...this.#turnHook(state) },
      log: this,
      ids: { message: () => `msg_${++messages}` as MessageId },
      clock: new PatientClock(),
      signal,
      stopRequested: () => false,
    };
  }

  /** The model as the loop knows it: it asks, and is told how the answer ended. */
  #provider(): ModelProvider {
    const { options, signal, state } = this.#host;
    return {
      name: namedModel(state().model).id,
      stream: async (): Promise<ModelEnd> => {
        this.#answer = await askModel({
          state: state(),
          options,
          signal,
          onPiece: (piece) => {
            this.#showAnswer(piece.partial);
            if (piece.type === 'start') return;
            this.#host.emit({ type: 'message_update', message: piece.partial, assistant_message_event: piece });
          },
        });
        return endOf(this.#answer);
      },
      health: () => ({ healthy: true }),
    };
  }

  #queue(): MessageQueue {
    const { steering, followUps, options } = this.#host;
    return {
      takeSteering: () => this.#take(steering),
      takeFollowUps: () => this.#take(followUps),
      skipsCalls: () => options.skipToolsOnSteering === true && steering.size > 0,
    };
  }

  #take(from: WaitingMessages): readonly QueuedMessage[] {
    const messages = from.take();
    this.#inputs.push(...messages);
    this.#taken.push(...messages.map((message) => ({ message, from })));
    return messages.map(() => ({ text: '' }));
  }

  #turnHook(state: RunHost['state']): Pick<LoopHooks, 'shouldStopAfterTurn'> {
    const { options, signal } = this.#host;
    const { shouldStopAfterTurn } = options;
    if (shouldStopAfterTurn === undefined) return {};
    return {
      shouldStopAfterTurn: async () =>
        shouldStopAfterTurn({
          message: this.#answer ?? this.#broken('error', ''),
          toolResults: this.#results,
          context: await contextOf({ state: state(), options, signal }),
          newMessages: this.#new,
        }),
    };
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#host.emit({ type: 'agent_start' });
  }

  #startTurn(): void {
    this.#inTurn = true;
    this.#answer = undefined;
    this.#answerShown = false;
    this.#answerTold = false;
    this.#batch = undefined;
    this.#results = [];
    this.#host.emit({ type: 'turn_start' });
    for (const message of this.#inputs) this.#tell(message);
    this.#inputs = [];
    this.#taken = [];
  }

  #endTurn(): void {
    this.#inTurn = false;
    const message = this.#answer ?? this.#broken('error', '');
    this.#host.emit({ type: 'turn_end', message, tool_results: this.#results });
  }

  #showAnswer(message: AssistantMessage): void {
    if (this.#answerShown) return;
    this.#answerShown = true;
    this.#host.emit({ type: 'message_start', message });
  }

  #endAnswer(): void {
    const message = this.#answer;
    if (message === undefined || this.#answerTold) return;
    this.#answerTold = true;
    this.#showAnswer(message);
    this.#new.push(message);
    this.#host.emit({ type: 'message_end', message });
    const calls = message.content.filter((block) => block.type === 'tool_call');
    const runs = endOf(message).type === 'done' && calls.length > 0;
    if (runs) this.#batch = this.#batchOf(calls);
  }

  #batchOf(calls: readonly ToolCallContent[]): ToolBatch<AgentToolResult> {
    const { toolExecution, maxParallelTools = calls.length } = this.#host.options;
    const together = toolExecution !== 'sequential' && maxParallelTools >= calls.length;
    const ids = calls.map(({ id }) => id);
    return new ToolBatch(ids, together, {
      started: (id) => {
        const call = this.#callOf(id);
        const { name = '', arguments: args = {} } = call ?? {};
        this.#host.emit({ type: 'tool_execution_start', tool_call_id: id, tool_name: name, args });
      },
      ended: (id, result) => this.#tellResult(id, result),
    });
  }

  #endCall(body: ToolExecutionEnd): void {
    this.#batch?.end(body.tool_call_id, this.#tools.resultOf(body));
  }

  #tellResult(tool_call_id: string, result: AgentToolResult): void {
    const tool_name = this.#callOf(tool_call_id)?.name ?? '';
    const is_error = result.is_error === true;
    this.#host.emit({ type: 'tool_execution_end', tool_call_id, tool_name, result, is_error });
    const message: ToolResultMessage = {
      role: 'tool_result',
      tool_call_id,
      tool_name,
      content: result.content,
      ...(result.details === undefined ? {} : { details: result.details }),
      is_error,
      timestamp: Date.now(),
    };
    this.#results.push(message);
    this.#tell(message);
  }

  #tell(message: AgentMessage): void {
    this.#host.emit({ type: 'message_start', message });
    this.#new.push(message);
    this.#host.emit({ type: 'message_end', message });
  }

  #callOf(id: string): ToolCallContent | undefined {
    return this.#answer?.content.find(
      (block): block is ToolCallContent => block.type === 'tool_call' && block.id === id,
    );
  }

  /** Ends all that is open. A run that failed or was aborted ends in an answer that says so. */
  #close(result: RunResult): void {
    this.#begin();
    if (this.#inTurn) {
      this.#endAnswer();
      this.#batch?.closeWith(() => textResult(NOT_RUN, true));
    }
    if (result.outcome !== 'completed' && !this.#toldWhy()) {
      if (this.#inTurn && this.#answer !== undefined) this.#endTurn();
      if (!this.#inTurn) this.#startLastTurn();
      this.#answer = this.#broken(result.outcome === 'cancelled' ? 'aborted' : 'error', result.detail ?? ABORTED_TEXT);
      this.#endAnswer();
    }
    if (this.#inTurn) this.#endTurn();
    this.#host.emit({ type: 'agent_end', messages: this.#new });
  }

  /** Whether the last answer is one that broke off. */
  #toldWhy(): boolean {
    return this.#answerTold && this.#answer !== undefined && endOf(this.#answer).type !== 'done';
  }

  /** What was taken from a queue and not shown yet waits there again. */
  #startLastTurn(): void {
    const returned = new Set(this.#taken.map(({ message }) => message));
    for (const { message, from } of this.#taken.toReversed()) from.giveBack([message]);
    this.#inputs = this.#inputs.filter((message) => !returned.has(message));
    this.#startTurn();
  }

  #broken(reason: 'error' | 'aborted', text: string): AssistantMessage {
    const { api = 'openai-completions', provider = 'custom', id } = namedModel(this.#host.state().model);
    return brokenMessage(new EventFold({ api, provider, model: id }).message, reason, text);
  }
}
