// Node's `ws` as a rival: see rivals.py. Run as: node rival.cjs SIZE, with `ws` where Node finds it.
"use strict";
const { WebSocketServer } = require("ws");

const head = '{"type":"patch","patch":"', end = '"}';
const message = Buffer.from(head + "x".repeat(Number(process.argv[2]) - head.length - end.length) + end);
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, backlog: 2048 });

server.on("listening", () => console.log(server.address().port));
server.on("connection", (socket) => {
  socket.send(message, { binary: false });
  socket.on("error", () => {});
  socket.on("message", () => {
    for (const peer of server.clients) peer.send(message, { binary: false });
  });
});
