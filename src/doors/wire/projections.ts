import { CanonicalProjection } from './canonical.projection.js';
import { ChatProjection } from './chat.projection.js';
import { SseEncoder } from './projection.js';
import { TextEncoder, TextProjection } from './text.projection.js';

export type ProjectionName = 'canonical' | 'chat' | 'text';

/** One encoder per projection: watchers that share it share what it serialises. */
export const SSE_ENCODERS = {
  canonical: new SseEncoder(new CanonicalProjection()),
  chat: new SseEncoder(new ChatProjection()),
  text: new SseEncoder(new TextProjection()),
} as const satisfies Record<ProjectionName, SseEncoder>;

export const PROJECTION_NAMES: readonly ProjectionName[] = ['canonical', 'chat', 'text'];

/** Text streams without framing. */
export const TEXT_ENCODER = new TextEncoder();
