import type { Response } from 'express';
import { onKeyGone } from '../../auth/bound-to-key.js';
import type { Encoder } from '../../core/events/encoder.js';
import type { Watchable } from '../../conversations/watch-events.js';
import type { WatcherSink } from '../../conversations/watcher.js';

/** Signs of life for proxies and clients, from acceptance on. */
const HEARTBEAT_MS = 15_000;
/** A reader whose key is gone is cut after so long, whatever it has not taken yet. */
const REFUSAL_MS = 1_000;

/**
 * Streams a conversation to one HTTP response until it ends or the client leaves. Sends the head at once and returns
 * without waiting for the end.
 */
export function serveStream(
  response: Response,
  watchable: Watchable,
  encoder: Encoder,
  headers: Readonly<Record<string, string>>,
): void {
  response.status(200).set({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    ...headers,
  });
  response.flushHeaders();
  // The head alone was asked for: nobody will read on.
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  response.socket?.setNoDelay(true);
  const handle = watchable.watch(encoder, new ResponseSink(response));
  const beat = setInterval(() => {
    if (response.writableLength === 0) response.write(encoder.heartbeat(handle.cursor()));
  }, HEARTBEAT_MS);
  // The response's own close, not the request's: only this one is sure to come.
  response.once('close', () => {
    clearInterval(beat);
    handle.close();
  });
  onKeyGone(response.req, () => {
    handle.close();
    // Cut, not ended: what is broken off must not look finished.
    response.write(encoder.refusal?.(Date.now()) ?? '', () => response.destroy());
    setTimeout(() => response.destroy(), REFUSAL_MS).unref();
  });
}

class ResponseSink implements WatcherSink {
  constructor(private readonly response: Response) {}

  write(frames: string): void {
    if (!this.response.writableEnded) this.response.write(frames);
  }

  queued(): number {
    return this.response.writableLength;
  }

  onDrained(callback: () => void): void {
    if (this.response.writableNeedDrain) this.response.once('drain', callback);
    else setImmediate(callback);
  }

  end(): void {
    this.response.end();
  }

  cut(): void {
    this.response.destroy();
  }
}
