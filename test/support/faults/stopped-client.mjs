// A client of every socket door in a process of its own, to be stopped. Usage: stopped-client.mjs URL KEY CONVERSATION
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

const [url, key, conversation_id] = process.argv.slice(2);
const headers = { 'x-api-key': key };
const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, { headers });
ws.once('open', () => ws.send(JSON.stringify({ type: 'resume', data: { conversation_id } })));
const open = [new Promise((resolve) => ws.once('message', resolve))];
for (const transports of [['websocket'], ['polling']]) {
  const socket = io(url, { transports, auth: { apiKey: key }, forceNew: true });
  open.push(
    new Promise((resolve) => {
      socket.once('connect', () => socket.emit('join', { conversation_id }, resolve));
    }),
  );
}
await Promise.all(open);
process.stdout.write('open\n');
