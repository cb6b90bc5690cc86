import { textOf, type AssistantMessage, type ImageContent } from '../../core/agent-messages/message.js';
import { isBroken } from '../../core/agent-messages/repair-messages.js';
import { ParleyError, type ErrorCode } from '../../core/kernel/parley-error.js';
import type { ModelProvider } from '../../core/ports/model-provider.js';
import type { AgentEvent } from './agent-event.js';
import { messagesOf, userMessage, type AgentInput, type AgentMessage } from './agent-message.js';
import type { AgentOptions } from './agent-options.js';
import { AgentRun } from './agent-run.js';
import { evolveState, type AgentState } from './agent-state.js';
import type { AgentTool } from './agent-tool.js';
import { lastAnswer } from './ask-model.js';
import { EventStream } from './event-stream.js';
import type { ModelInput } from './model.js';
import type { ThinkingLevel } from './thinking.js';
import { WaitingMessages } from './waiting-messages.js';

/** Told of all that happens. What it throws is told to `onListenerError`, and disturbs nobody. */
export type AgentListener = (event: AgentEvent) => unknown;

interface Running {
  readonly abort: AbortController;
  readonly idle: Promise<AssistantMessage>;
}

/**
 * A conversation with a model that may call tools: its history, its settings, and one run at a time.
 *
 * @example
 * const agent = new Agent({ streamFn: streamOpenRouter, sessionId: 'my-session' });
 * agent.setSystemPrompt('You are a helpful assistant.');
 * agent.setModel(new OpenRouterModel({ id: 'anthropic/claude-3.5-sonnet' }));
 * console.log(await agent.promptText('What is the capital of France?'));
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #listeners = new Set<AgentListener>();
  readonly #steering: WaitingMessages;
  readonly #followUps: WaitingMessages;
  #state: { current: AgentState };
  #running: Running | undefined;

  constructor(options: AgentOptions = {}) {
    this.#options = options;
    this.#steering = new WaitingMessages(options.steeringMode);
    this.#followUps = new WaitingMessages(options.followUpMode);
    this.#state = { current: firstState(options) };
  }

  /** As it is now. What it holds is never changed: read it again to see more. */
  get state(): AgentState {
    return this.#state.current;
  }

  get sessionId(): string | undefined {
    return this.#options.sessionId;
  }

  /**
   * Tells the agent something, and waits until it has answered, with all its tool calls.
   *
   * @returns its last message; one that failed or was aborted has `stop_reason` `error` or `aborted`
   * @throws ParleyError `conflict` while it is running
   */
  async prompt(input: AgentInput, images?: readonly ImageContent[]): Promise<AssistantMessage> {
    return this.#run(messagesOf(input, images));
  }

  /**
   * The same, for the text of the answer.
   *
   * @throws ParleyError `conflict` while it is running; with the error's code when there is no answer
   */
  async promptText(input: AgentInput, images?: readonly ImageContent[]): Promise<string> {
    return answeredText(await this.prompt(input, images));
  }

  /**
   * Tells the agent something, and gives the events as they come. Leaving a `for await` over them aborts the run.
   *
   * @throws ParleyError `conflict` while it is running
   */
  stream(input: AgentInput, images?: readonly ImageContent[]): EventStream<AgentEvent> {
    const stream = new EventStream<AgentEvent>(() => this.abort());
    const unsubscribe = this.subscribe((event) => {
      stream.push(event);
      if (event.type !== 'agent_end') return;
      unsubscribe();
      stream.close();
    });
    try {
      void this.#run(messagesOf(input, images));
    } catch (error) {
      unsubscribe();
      throw error;
    }
    return stream;
  }

  /**
   * The same, for the text of its answers as it comes.
   *
   * @throws ParleyError `conflict` while it is running. The stream ends with the error when there is no answer
   */
  streamText(input: AgentInput, images?: readonly ImageContent[]): EventStream<string> {
    const stream = new EventStream<string>(() => this.abort());
    const unsubscribe = this.subscribe((event) => {
      if (event.type !== 'message_update') return;
      const piece = event.assistant_message_event;
      if (piece.type === 'text_delta') stream.push(piece.delta);
    });
    try {
      this.#run(messagesOf(input, images))
        .then(answeredText)
        .then(
          () => stream.close(),
          (error: unknown) => stream.fail(error),
        )
        .finally(unsubscribe);
    } catch (error) {
      unsubscribe();
      throw error;
    }
    return stream;
  }

  /**
   * Goes on without being told anything: after tool results, after an answer that broke off, or with what waits in its queues.
   *
   * @throws ParleyError `conflict` while it is running, `invalid_request` when there is nothing to answer
   */
  async continue(): Promise<AssistantMessage> {
    const last = this.state.messages.at(-1);
    if (last === undefined) throw new ParleyError('invalid_request', 'there are no messages to continue from');
    if (last.role !== 'assistant' || isBroken(last)) return this.#run([]);
    this.#refuseWhileRunning();
    const queue = this.#steering.size > 0 ? this.#steering : this.#followUps;
    if (queue.size === 0)
      throw new ParleyError('invalid_request', 'cannot continue from an answer: use prompt(), steer() or followUp()');
    return this.#run(queue.take());
  }

  /** Says something while it is running: it sees it before it is asked again, after the tool calls of this turn. */
  steer(message: string | AgentMessage): void {
    this.#steering.add(typeof message === 'string' ? userMessage(message) : message);
  }

  /** Says something for when it is done. */
  followUp(message: string | AgentMessage): void {
    this.#followUps.add(typeof message === 'string' ? userMessage(message) : message);
  }

  clearSteeringQueue(): void {
    this.#steering.clear();
  }

  clearFollowUpQueue(): void {
    this.#followUps.clear();
  }

  clearAllQueues(): void {
    this.clearSteeringQueue();
    this.clearFollowUpQueue();
  }

  /** Whether something waits to be said. */
  get hasQueuedMessages(): boolean {
    return this.#steering.size + this.#followUps.size > 0;
  }

  /** Stops the model and the tools. The run ends with an answer whose `stop_reason` is `aborted`; messages that wait stay. */
  abort(): void {
    this.#running?.abort.abort();
  }

  /** Resolves when it is not running. */
  async waitForIdle(): Promise<void> {
    await this.#running?.idle;
  }

  /** Stops what is running, and forgets all that was said; settings stay. */
  reset(): void {
    this.abort();
    this.#running = undefined;
    this.clearAllQueues();
    const { system_prompt, model, thinking_level, tools } = this.state;
    this.#state = { current: { ...EMPTY, system_prompt, model, thinking_level, tools } };
  }

  /** @returns what ends it, to be called as often as one likes */
  subscribe(listener: AgentListener): () => void {
    // One function may listen twice.
    const own: AgentListener = (event) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Counts from the next model call on, as all settings do but the tools: those count from the next run on. */
  setModel(model: ModelInput | ModelProvider): void {
    this.#change({ model });
  }

  setSystemPrompt(system_prompt: string): void {
    this.#change({ system_prompt });
  }

  setThinkingLevel(thinking_level: ThinkingLevel): void {
    this.#change({ thinking_level });
  }

  setTools(tools: readonly AgentTool[]): void {
    this.#change({ tools: [...tools] });
  }

  setSteeringMode(mode: WaitingMessages['mode']): void {
    this.#steering.mode = mode;
  }

  setFollowUpMode(mode: WaitingMessages['mode']): void {
    this.#followUps.mode = mode;
  }

  replaceMessages(messages: readonly AgentMessage[]): void {
    this.#change({ messages: [...messages] });
  }

  appendMessage(message: AgentMessage): void {
    this.#change({ messages: [...this.state.messages, message] });
  }

  clearMessages(): void {
    this.#change({ messages: [] });
  }

  #change(change: Partial<AgentState>): void {
    this.#state.current = { ...this.#state.current, ...change };
  }

  #refuseWhileRunning(): void {
    if (this.#running === undefined) return;
    throw new ParleyError('conflict', 'the agent is running: use steer() or followUp(), or wait for waitForIdle()');
  }

  #run(inputs: readonly AgentMessage[]): Promise<AssistantMessage> {
    this.#refuseWhileRunning();
    const abort = new AbortController();
    // A reset gives the agent another state; this run goes on with its own until it has stopped.
    const state = this.#state;
    state.current = { ...state.current, is_streaming: true, error: null };
    const run = new AgentRun(
      {
        options: this.#options,
        state: () => state.current,
        emit: (event) => {
          state.current = { ...state.current, ...evolveState(state.current, event) };
          this.#notify(event);
        },
        steering: this.#steering,
        followUps: this.#followUps,
        signal: abort.signal,
      },
      inputs,
    );
    const idle = this.#finish(run, state);
    this.#running = { abort, idle };
    return idle;
  }

  async #finish(run: AgentRun, state: { readonly current: AgentState }): Promise<AssistantMessage> {
    await run.drive();
    if (state === this.#state) this.#running = undefined;
    const answer = lastAnswer(state.current.messages);
    if (answer === undefined) throw new ParleyError('internal', 'the run ended without an answer');
    return answer;
  }

  #notify(event: AgentEvent): void {
    for (const listener of this.#listeners) {
      try {
        const said = listener(event);
        if (said instanceof Promise) said.catch(this.#report);
      } catch (error) {
        this.#report(error);
      }
    }
  }

  readonly #report = (error: unknown): void => {
    const { onListenerError } = this.#options;
    if (onListenerError === undefined) process.emitWarning(error instanceof Error ? error : String(error));
    else onListenerError(error);
  };
}

const EMPTY: AgentState = {
  system_prompt: '',
  model: undefined,
  thinking_level: 'off',
  tools: [],
  messages: [],
  is_streaming: false,
  stream_message: null,
  pending_tool_calls: new Set(),
  error: null,
};

function firstState({ initialState = {}, ...given }: AgentOptions): AgentState {
  return {
    ...EMPTY,
    ...initialState,
    system_prompt: given.systemPrompt ?? initialState.system_prompt ?? '',
    model: given.model ?? initialState.model,
    thinking_level: given.thinkingLevel ?? initialState.thinking_level ?? 'off',
    tools: [...(given.tools ?? initialState.tools ?? [])],
    messages: [...(given.messages ?? initialState.messages ?? [])],
  };
}

function answeredText(message: AssistantMessage): string {
  if (!isBroken(message)) return textOf(message.content);
  const code = (message.error_code ?? (message.stop_reason === 'aborted' ? 'aborted' : 'internal')) as ErrorCode;
  throw new ParleyError(code, message.error_message ?? 'the model did not finish its answer');
}
