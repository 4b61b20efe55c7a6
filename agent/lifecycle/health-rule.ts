// The rule "/health": the app's server answers a GET of the path with a status below 400.
import type { AddressInfo } from "node:net";
import { messageOf } from "../../shared/message-of.ts";
import { nothingListens, type ReadyRule, type Verdict } from "./ready-rule.ts";
import { addressText, type ListeningServer, type Servers } from "./servers.ts";

/** A path that has not answered for this long has not answered. */
const LIMIT_MS = 5000;

/** Asks the app's own server. */
export class HealthRule implements ReadyRule {
  readonly #path: string;
  readonly #servers: Servers;
  #asking: Promise<Verdict> | undefined;
  #was: Verdict["ready"] = "starting";

  constructor(path: string, servers: Servers) {
    this.#path = path;
    this.#servers = servers;
  }

  get when(): string {
    return `GET ${this.#path} answers with a status below 400`;
  }

  /** The answer, or the pending answer to an earlier caller. */
  verdict(): Promise<Verdict> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #ask(): Promise<Verdict> {
    const { listening } = this.#servers;
    const answers = await Promise.all(listening.map((server) => statusOf(server, this.#path)));
    if (answers.some((answer) => typeof answer === "number" && answer < 400)) {
      this.#was = "not-ready"; // from now on, a bad answer is not that of an app that starts
      return { ready: "ready" };
    }
    const [first] = listening;
    if (!first) return { ready: this.#was, reason: nothingListens(this.#servers) };
    return { ready: this.#was, reason: `GET ${this.#path} at ${addressText(first.address)}: ${answers[0]}` };
  }
}

/** The status, or why there is none. */
async function statusOf({ address, server }: ListeningServer, path: string): Promise<number | string> {
  const { get } = (await isTls(server)) ? await import("node:https") : await import("node:http");
  return new Promise((resolve) => {
    const options = { ...destination(address), path, agent: false, timeout: LIMIT_MS, rejectUnauthorized: false };
    const request = get(options, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 5 s")));
    request.on("error", (error) => resolve(messageOf(error)));
  });
}

/** An https server, or one of http2 with TLS. node:tls is only loaded for an app that has servers. */
async function isTls(server: ListeningServer["server"]): Promise<boolean> {
  return server instanceof (await import("node:tls")).Server;
}

function destination(address: AddressInfo | string): object {
  if (typeof address === "string") return { socketPath: address, host: "localhost" };
  const { address: host, port } = address;
  return { host: host === "::" || host === "0.0.0.0" ? "localhost" : host, port };
}
