// An Express app that knows nothing of remsh.
import express from "express";

const app = express();
app.get("/slow", (_request, response) => setTimeout(() => response.send("done"), 500));
const server = app.listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
process.once("SIGTERM", () => server.close());
