import type { ServerResponse } from 'node:http';
import { behave } from './behaviour.js';
import type { CallLog, OpenCall } from './call-log.js';
import { errorSteps } from './context.js';
import type { Context } from './context.js';
import { parseControl } from './control-name.js';
import type { Dialect, ErrorReport } from './dialect.js';
import { DIALECTS } from './dialects.js';
import type { ArrivedRequest } from './read-request.js';
import { replySteps } from './script-book.js';
import type { ScriptBook } from './script-book.js';
import { send } from './send.js';
import { wholeSteps } from './steps.js';
import type { Step } from './steps.js';
import type { Ask, CallEnd } from './types.js';

/** Models that `GET …/models` lists if nothing else was said. */
const LISTED = ['scripted', 'echo', 'text:20:0'];

interface Settings {
  readonly apiKey?: string;
  readonly models?: readonly string[];
}

interface Routed {
  readonly dialect: Dialect;
  readonly purpose: 'generate' | 'models';
}

/** Answers calls: finds dialect and behaviour, plays the steps, records how it went. */
export class CallHandler {
  otherOrigin = '';
  /** What `assertComplete` reports. */
  readonly problems: string[] = [];
  private readonly startedAt = performance.now();
  private readonly running = new Set<AbortController>();
  private readonly log: CallLog;
  private readonly scripts: ScriptBook;
  private readonly settings: Settings;

  constructor(log: CallLog, scripts: ScriptBook, settings: Settings) {
    this.log = log;
    this.scripts = scripts;
    this.settings = settings;
  }

  /** Drops the connections of all open calls; they end as `closed`. */
  cutAll(): void {
    for (const controller of this.running) controller.abort('closed');
  }

  async handle(request: ArrivedRequest, response: ServerResponse): Promise<void> {
    const routed = route(request);
    const ask = routed?.dialect.read({ index: this.log.list().length, ...request });
    const model = routed?.purpose === 'generate' ? (ask?.model ?? '') : '';
    const call = this.log.begin({ ...request, dialect: routed?.dialect.name ?? '', model });
    const controller = new AbortController();
    this.running.add(controller);
    response.once('close', () => {
      if (!response.writableFinished) controller.abort('aborted');
    });
    const end = await this.play(call, response, { controller, routed, ask });
    this.running.delete(controller);
    if (end === 'closed') response.destroy();
    this.log.end(call, end);
  }

  private async play(
    call: OpenCall,
    response: ServerResponse,
    { controller, routed, ask }: { controller: AbortController; routed: Routed | undefined; ask: Ask | undefined },
  ): Promise<CallEnd> {
    const { signal } = controller;
    const watch = {
      onHead: (status: number) => {
        call.status = status;
        call.firstByteAt ??= performance.now();
        this.log.changed();
      },
      onBytes: (count: number) => {
        call.bytesSent += count;
      },
    };
    try {
      const steps =
        routed === undefined || ask === undefined ? this.noRoute(call) : await this.decide(call, routed, ask);
      return await send(steps, response, { signal, watch });
    } catch (error) {
      if (signal.aborted) return signal.reason === 'closed' ? 'closed' : 'aborted';
      this.problems.push(`${nameOf(call)}: ${String(error)}`);
      response.destroy();
      return 'cut';
    }
  }

  private async decide(call: OpenCall, { dialect, purpose }: Routed, ask: Ask): Promise<Iterable<Step>> {
    const context = this.contextOf(call, dialect, ask);
    const { apiKey } = this.settings;
    if (apiKey !== undefined && dialect.keyOf(call.headers) !== apiKey) {
      return refuse(context, {
        status: 401,
        type: 'invalid_request_error',
        code: 'invalid_api_key',
        message: 'Wrong key',
      });
    }
    const scripted = await this.scripts.next(purpose === 'models' ? 'GET /models' : call.model, call);
    if (scripted === 'exhausted') return this.unexpected(context, 500, 'is beyond the end of its script');
    if (scripted !== 'none') return replySteps(scripted, context);
    if (purpose === 'models') return this.listModels(dialect);
    const control = parseControl(call.model);
    if (control.type === 'unknown') return this.unexpected(context, 404, 'is of a model that does not exist');
    return behave(control, context);
  }

  private contextOf(call: OpenCall, dialect: Dialect, ask: Ask): Context {
    return {
      ask,
      dialect,
      call,
      otherOrigin: this.otherOrigin,
      uptime: performance.now() - this.startedAt,
      tally: (key) => this.log.tally(`${call.model} ${key}`),
      note: (kind, agent) => {
        call.kind = kind;
        if (agent !== undefined) call.agent = agent;
      },
    };
  }

  private unexpected(context: Context, status: number, why: string): Iterable<Step> {
    const message = `${nameOf(context.call)} ${why}`;
    this.problems.push(message);
    const code = status === 404 ? 'model_not_found' : 'unexpected_call';
    return refuse(context, { status, type: 'invalid_request_error', code, message });
  }

  private noRoute(call: OpenCall): Iterable<Step> {
    this.problems.push(`${nameOf(call)} has no such route`);
    return wholeSteps(404, { 'content-type': 'application/json' }, '{"error":{"message":"no such route"}}');
  }

  private listModels(dialect: Dialect): Iterable<Step> {
    const ids = [...(this.settings.models ?? LISTED), ...this.scripts.models];
    return wholeSteps(200, { 'content-type': 'application/json' }, JSON.stringify(dialect.models(ids)));
  }
}

function route({ method, path }: ArrivedRequest): Routed | undefined {
  for (const dialect of DIALECTS) {
    const purpose = dialect.route(method, path);
    if (purpose !== undefined) return { dialect, purpose };
  }
  return undefined;
}

function refuse(context: Context, report: ErrorReport): Iterable<Step> {
  return errorSteps(context, report);
}

function nameOf(call: OpenCall): string {
  return `call ${call.n} of '${call.model}' (${call.method} ${call.path})`;
}
