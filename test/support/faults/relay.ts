import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Stands between clients and a server, as a network does. It can become a black hole: what either side sends is taken and
 * goes nowhere, and neither is told.
 */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #toServer = new Set<Socket>();
  #swallows = false;

  private constructor(target: URL) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const server = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true, noDelay: true });
      client.once('data', (head: Buffer) => {
        // A request may leave its connection open for others: that is no socket that anybody waits for.
        if (/^upgrade: websocket/im.test(head.toString('latin1'))) this.#toServer.add(server);
      });
      this.#join(client, server);
      this.#join(server, client);
      server.once('close', () => this.#toServer.delete(server));
    });
  }

  static async to(url: string): Promise<Relay> {
    const relay = new Relay(new URL(url));
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on nothing passes. */
  swallow(): void {
    this.#swallows = true;
  }

  /** Resolves when the server has given up every socket. */
  async given(): Promise<void> {
    while (this.#toServer.size > 0) {
      const [server] = this.#toServer;
      await new Promise((resolve) => server?.once('close', resolve));
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      if (!this.#swallows) to.write(chunk);
    });
    from.once('end', () => {
      // Who has hung up on a black hole gets its own end of it closed, and no word of that passes.
      if (this.#swallows) from.end();
      else to.end();
    });
    from.on('error', () => from.destroy());
    from.once('close', () => {
      this.#sockets.delete(from);
      if (!this.#swallows) to.destroy();
    });
  }
}
