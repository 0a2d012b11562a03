// A chat with rooms as the documentation of Socket.IO shows one, several processes on Redis pub/sub:
// `node socketio.mjs PORT REDIS_URL`.
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const [port, url] = process.argv.slice(2);

const publisher = createClient({ url });
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

const server = createServer();
const io = new Server(server, { adapter: createAdapter(publisher, subscriber), serveClient: false });

io.on("connection", (socket) => {
  socket.on("join", async (room, joined) => {
    await socket.join(room);
    joined();
  });
  socket.on("post", (room, body) => io.to(room).emit("message", { room, body }));
});

server.listen({ port: Number(port), host: "127.0.0.1", backlog: 4096 }, () => console.log("ready"));
process.on("SIGTERM", () => process.exit());
