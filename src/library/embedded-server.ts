import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AddressInfo } from 'node:net';
import type { ParleyConfig } from '../config/parley-config.js';
import { CancelRun } from '../conversations/cancel-run.js';
import { GetConversation, type ConversationView } from '../conversations/conversation-view.js';
import { CreateConversation } from '../conversations/create-conversation.js';
import { RunSupervisor } from '../conversations/run-supervisor.js';
import { ANONYMOUS, type ConversationRef } from '../core/kernel/ids.js';
import { ParleyError } from '../core/kernel/parley-error.js';
import { thereIs } from '../core/kernel/there-is.js';
import type { Models } from '../core/ports/models.js';
import { MODELS } from '../core/ports/tokens.js';
import { toRequest } from '../doors/http/conversation.mapper.js';
import { CreateConversationDto } from '../doors/http/create-conversation.dto.js';
import { MetricsServer } from '../doors/metrics/metrics-server.js';
import { validationPipe } from '../doors/wire/validation.js';
import { checkOpenDoor } from '../open-door.js';
import { generate } from './generate.js';
import type { ConversationOptions, FinishedConversation, ParleyServer, ServerModel } from './parley-server.js';

/** The application as a server inside this process. */
export class EmbeddedServer implements ParleyServer {
  readonly #app: NestExpressApplication;
  readonly #config: ParleyConfig;
  #closing: Promise<void> | undefined;

  constructor(app: NestExpressApplication, config: ParleyConfig) {
    this.#app = app;
    this.#config = config;
  }

  get models(): readonly string[] {
    return this.#models.names();
  }

  model(name: string = this.#models.default_model): ServerModel {
    const provider = this.#models.get(name);
    if (provider === undefined)
      throw new ParleyError('not_found', `there is no model "${name}"; ${thereIs(this.models)}`);
    return {
      name,
      provider,
      generate: (prompt, options, signal) => generate(provider, prompt, options, signal),
    };
  }

  async runConversation(options: ConversationOptions, signal?: AbortSignal): Promise<FinishedConversation> {
    const metadata = { type: 'body', metatype: CreateConversationDto } as const;
    const body: unknown = await validationPipe().transform(structuredClone(options), metadata);
    signal?.throwIfAborted();
    const created = await this.#app
      .get(CreateConversation)
      .execute(ANONYMOUS, toRequest(body as CreateConversationDto));
    const cancel = (): void =>
      void this.#app
        .get(CancelRun)
        .execute(created, 'now')
        .catch(() => undefined);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      if (signal?.aborted === true) cancel();
      await this.#app.get(RunSupervisor).settled(created);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
    return finished(await this.#app.get(GetConversation).execute(refOf(created)));
  }

  async listen(): Promise<string> {
    checkOpenDoor(this.#config);
    const { server, metrics } = this.#config;
    const { host, port, base_path } = server;
    // A program opens no port that nobody asked it for.
    if (metrics.port_given) await this.#app.get(MetricsServer).listen();
    await this.#app.listen(port, host);
    const bound = this.#app.getHttpServer().address() as AddressInfo;
    const address = bound.address.includes(':') ? `[${bound.address}]` : bound.address;
    return `http://${address}:${bound.port}${base_path}`;
  }

  close(): Promise<void> {
    this.#closing ??= this.#app.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #models(): Models {
    return this.#app.get<Models>(MODELS);
  }
}

function refOf({ tenant, conversation_id }: ConversationRef): ConversationRef {
  return { tenant, conversation_id };
}

function finished(view: ConversationView): FinishedConversation {
  const { fold, status, multi_agent, record } = view;
  if (status === 'completed' && multi_agent !== undefined)
    return { conversation_id: record.conversation_id, ...multi_agent.episode };
  if (status === 'cancelled') throw new ParleyError('aborted', 'the conversation was cancelled');
  const detail = fold.error?.detail ?? 'the conversation did not come to its end';
  throw new ParleyError(fold.error?.code === 'upstream' ? 'upstream_unavailable' : 'internal', detail);
}
