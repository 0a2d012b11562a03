// A chat with rooms on Bun's server (uWebSockets) and its Redis client: `bun bun.mjs PORT REDIS_URL`.
import { RedisClient } from "bun";

const [port, url] = process.argv.slice(2);

const publisher = new RedisClient(url);
const subscriber = new RedisClient(url);
await Promise.all([publisher.connect(), subscriber.connect()]);

/** @type {Map<string, Promise<number>>} room: its subscription, which stays once it is there */
const subscriptions = new Map();

const deliver = (message, channel) => server.publish(channel, message);

function subscribed(room) {
  let subscription = subscriptions.get(room);
  if (!subscription) {
    subscription = subscriber.subscribe(`room:${room}`, deliver);
    subscriptions.set(room, subscription);
  }
  return subscription;
}

async function join(room, socket) {
  await subscribed(room);
  socket.subscribe(`room:${room}`);
  socket.send(JSON.stringify({ joined: room }));
}

const server = Bun.serve({
  port: Number(port),
  hostname: "127.0.0.1",
  fetch(request, server) {
    if (!server.upgrade(request)) return new Response(null, { status: 404 });
  },
  websocket: {
    message(socket, text) {
      const frame = JSON.parse(text);
      if (frame.join) {
        join(frame.join, socket);
      } else {
        publisher.publish(`room:${frame.room}`, JSON.stringify({ room: frame.room, body: frame.body }));
      }
    },
  },
});

console.log("ready");
process.on("SIGTERM", () => process.exit());
