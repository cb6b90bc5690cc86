import type { Tenant } from '../core/kernel/ids.js';

/** The sockets that are open now, of all doors: how many there are of each caller, and how many streams run over them. */
export class OpenSockets {
  readonly #counts = new Map<string, number>();
  #all = 0;
  #streams = 0;

  /** All of them. */
  get count(): number {
    return this.#all;
  }

  /** Streams over them. */
  get streams(): number {
    return this.#streams;
  }

  /** @param owner a tenant, or an address of somebody who has not shown a key yet */
  of(owner: Tenant | string): number {
    return this.#counts.get(owner) ?? 0;
  }

  /** Counts one in. The returned function counts it out; further calls of it do nothing. */
  add(owner: Tenant | string): () => void {
    this.#all++;
    this.#counts.set(owner, this.of(owner) + 1);
    return once(() => {
      this.#all--;
      const left = this.of(owner) - 1;
      if (left > 0) this.#counts.set(owner, left);
      else this.#counts.delete(owner);
    });
  }

  /** Counts a stream over a socket, like `add`. */
  addStream(): () => void {
    this.#streams++;
    return once(() => this.#streams--);
  }
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
