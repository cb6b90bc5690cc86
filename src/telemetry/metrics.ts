import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { VERSION } from '../runtime/version.js';

/** How finely the delay of the event loop is looked at, ms. */
const LOOP_PRECISION_MS = 20;

/** What a gauge shows, asked when somebody reads it. A failure leaves it out of that answer. */
export type GaugeReader = () => number | Promise<number>;

/**
 * The measurements of one server, in Prometheus' text format. Labels are words of this program and of its configuration:
 * never an id, a tenant, a path as it was sent, a key or a text, so that their number is bounded.
 */
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    const info = new Gauge({
      name: 'parley_build_info',
      help: 'Always 1; the label says which version runs.',
      labelNames: ['version'],
      registers: [this.registry],
    });
    info.set({ version: VERSION }, 1);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Measures the process too (CPU, memory, event loop, garbage collection): once, and only where somebody can read it. */
  measureProcess(): void {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LOOP_PRECISION_MS });
  }

  /** A value that is asked for when somebody reads. */
  gauge(name: string, help: string, read: GaugeReader): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [],
      async collect() {
        try {
          gauge.set(await read());
        } catch {
          gauge.remove();
        }
      },
    });
    this.registry.registerMetric(gauge);
  }

  /** All of it, as Prometheus reads it. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}
