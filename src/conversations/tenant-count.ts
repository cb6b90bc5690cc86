import type { Tenant } from '../core/kernel/ids.js';

/** How many of something each tenant has at the moment. Tenants with none take no memory. */
export class TenantCount {
  readonly #counts = new Map<Tenant, number>();

  of(tenant: Tenant): number {
    return this.#counts.get(tenant) ?? 0;
  }

  add(tenant: Tenant): void {
    this.#counts.set(tenant, this.of(tenant) + 1);
  }

  remove(tenant: Tenant): void {
    const left = this.of(tenant) - 1;
    if (left > 0) this.#counts.set(tenant, left);
    else this.#counts.delete(tenant);
  }
}
