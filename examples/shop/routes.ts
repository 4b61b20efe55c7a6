// Answers the shop's requests.
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { ZodError } from "zod";
import { listOrders, placeOrder, UnknownProduct } from "./orders.ts";
import { listProducts } from "./products.ts";
import { signReport } from "./report.ts";

type Route = (url: URL, body: string) => unknown;

const ROUTES: Readonly<Record<string, Route>> = {
  "GET /products": () => listProducts(),
  "GET /orders": () => listOrders(),
  "POST /orders": (_url, body) => placeOrder(body),
  "GET /report": async ({ searchParams }) => signReport(await listOrders(), Number(searchParams.get("ms") ?? 0)),
};

/** Answers one request with JSON. Never rejects. */
export async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", url: target = "/" } = request;
  console.log(`${method} ${target}`);
  try {
    const url = new URL(target, "http://shop");
    const name = `${method} ${url.pathname}`;
    const route = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined;
    if (!route) return send(response, 404, { error: `No route for ${name}` });
    send(response, 200, await route(url, await text(request)));
  } catch (error) {
    sendError(response, error);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}

function sendError(response: ServerResponse, error: unknown): void {
  // These errors are about the request. Any other error is a fault of the shop, and its details are not for the caller.
  if (error instanceof SyntaxError || error instanceof ZodError || error instanceof UnknownProduct) {
    return send(response, 400, { error: error.message });
  }
  console.error(error);
  send(response, 500, { error: "Internal error" });
}
