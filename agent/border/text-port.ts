// Carries texts over a MessagePort; both sides of a connection use it. The first text of a tick is sent at once, so
// that the other thread begins. The others are sent together, since waking the other thread costs more than most texts
// do.
import type { MessagePort } from "node:worker_threads";

/** At this number of texts the batch is sent, so that the other thread begins while this one works on. */
const TEXTS_AT_ONCE = 8;

/** One end of a connection's port. */
export class TextPort {
  readonly #port: MessagePort;
  readonly #hear: (text: string) => void;
  readonly #atOnce: number;
  /** How many more texts may be handled in this turn. */
  #left: number;
  #texts: string[] = [];
  #isGathering = false;
  #unheard: string[] = [];

  /**
   * `hear` is called for each text of the other side, in order. At most `atOnce` texts are handled in one turn of the
   * event loop, so that a hundred requests do not keep all other work waiting. Default: no limit.
   */
  constructor(port: MessagePort, hear: (text: string) => void, atOnce = Infinity) {
    this.#port = port;
    this.#hear = hear;
    this.#left = this.#atOnce = atOnce;
    port.on("message", this.#take);
  }

  /**
   * Sends the text: the first of a tick at once, the others together. A text for a closed port is lost, which is
   * intended.
   */
  post(text: string): void {
    if (this.#isGathering) this.#texts.push(text);
    else this.#startTick(text);
    if (this.#texts.length >= TEXTS_AT_ONCE) this.#flush();
  }

  /** Sends the text now, after all posted texts: in a synchronous loop the tick never ends. */
  send(text: string): void {
    this.#texts.push(text);
    this.#flush();
  }

  /** Sends all posted texts, then closes the port for both sides. */
  close(): void {
    this.#flush();
    this.#port.close();
  }

  // One function from the port to `hear`: few functions may stand between the port and a task.
  readonly #take = (said: string | string[]): void => {
    if (typeof said === "string") this.#unheard.push(said);
    else this.#unheard.push(...said);
    // Node delivers all waiting messages in one turn, so only the end of the turn separates this turn from the next.
    if (this.#left === this.#atOnce && this.#atOnce < Infinity) setImmediate(() => this.#turn());
    for (const text of this.#unheard.splice(0, this.#left)) {
      this.#left--;
      this.#hear(text);
    }
  };

  #turn(): void {
    this.#left = this.#atOnce;
    if (this.#unheard.length > 0) this.#take([]);
  }

  #startTick(text: string): void {
    this.#isGathering = true;
    process.nextTick(() => {
      this.#isGathering = false;
      this.#flush();
    });
    this.#port.postMessage(text);
  }

  #flush(): void {
    const [first] = this.#texts;
    if (first === undefined) return;
    // Most ticks send one text, and a single string is copied faster than a list with one string.
    this.#port.postMessage(this.#texts.length === 1 ? first : this.#texts);
    this.#texts = [];
  }
}
