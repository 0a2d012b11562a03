// A chat with rooms on `ws` and Redis pub/sub: `node ws.mjs PORT REDIS_URL`.
import { createServer } from "node:http";
import { createClient } from "redis";
import { WebSocket, WebSocketServer } from "ws";

const [port, url] = process.argv.slice(2);

const publisher = createClient({ url });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

/** @type {Map<string, {sockets: Set<WebSocket>, subscribed: Promise<void>}>} once there, a room stays */
const rooms = new Map();

function roomOf(name) {
  let room = rooms.get(name);
  if (!room) {
    const sockets = new Set();
    // As a buffer: a string would be encoded anew for each socket.
    const deliver = (message) => {
      for (const socket of sockets) {
        if (socket.readyState === WebSocket.OPEN) socket.send(message, { binary: false });
      }
    };
    room = { sockets, subscribed: subscriber.subscribe(`room:${name}`, deliver, true) };
    rooms.set(name, room);
  }
  return room;
}

async function join(name, socket) {
  const { sockets, subscribed } = roomOf(name);
  await subscribed;
  if (socket.readyState !== WebSocket.OPEN) return;
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  socket.send(JSON.stringify({ joined: name }));
}

const server = createServer();

new WebSocketServer({ server }).on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data) => {
    const frame = JSON.parse(data);
    if (frame.join) {
      join(frame.join, socket);
    } else {
      publisher.publish(`room:${frame.room}`, JSON.stringify({ room: frame.room, body: frame.body }));
    }
  });
});

server.listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 }, () => console.log("ready"));
process.on("SIGTERM", () => process.exit());
