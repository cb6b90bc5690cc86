import { SocketIoClient } from '../socketio-client.js';
import { Refused, type Item, type Json, type Place, type Target } from './door.js';
import { canonicalItems } from './items.js';

/** One client that watches any number of runs from their start to their end, without a break. */
export class Observer {
  private constructor(private readonly client: SocketIoClient) {}

  static async connect({ server, key }: Target): Promise<Observer> {
    return new Observer(await SocketIoClient.connect(server.url, { auth: { apiKey: key } }));
  }

  /** Resolves when it watches, with all that it will have seen when the run is over. */
  async watch({ conversation_id, run_id }: Place): Promise<() => Promise<Item[]>> {
    const over = Promise.withResolvers<void>();
    const items: Item[] = [];
    const { socket } = this.client;
    const take = (event: Json): void => {
      if (event['run_id'] !== run_id) return;
      items.push(...canonicalItems(event));
      if (event['type'] !== 'run_end') return;
      socket.off('event', take);
      over.resolve();
    };
    socket.on('event', take);
    const ack = await this.client.ask('join', { conversation_id, run_id });
    if (ack['ok'] !== true) throw new Refused(ack['error'], ack);
    return () => over.promise.then(() => items);
  }

  close(): void {
    this.client.close();
  }
}
