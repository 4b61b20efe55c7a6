// A MessagePort that carries texts, as both sides of a connection use it. The first of a tick goes at once, and the other
// thread begins; those that follow go together, since waking it costs more than most of what is said.
import type { MessagePort } from "node:worker_threads";

/** With this many the other thread starts on them, while this one works on. */
const TEXTS_AT_ONCE = 8;

/** One end of a connection's port. */
export class TextPort {
  readonly #port: MessagePort;
  readonly #hear: (text: string) => void;
  readonly #atOnce: number;
  /** How many may still be heard in this turn. */
  #left: number;
  #texts: string[] = [];
  #isGathering = false;
  #unheard: string[] = [];

  /**
   * `hear` is called for each text of the other side, in order: for `atOnce` in one turn of the event loop, so that a hundred
   * requests do not keep all other work waiting. Default: for all that have come.
   */
  constructor(port: MessagePort, hear: (text: string) => void, atOnce = Infinity) {
    this.#port = port;
    this.#hear = hear;
    this.#left = this.#atOnce = atOnce;
    port.on("message", this.#take);
  }

  /** Sends the text: the first of a tick at once, the others together. On a closed port it is lost, as it should be. */
  post(text: string): void {
    if (this.#isGathering) this.#texts.push(text);
    else this.#startTick(text);
    if (this.#texts.length >= TEXTS_AT_ONCE) this.#flush();
  }

  /** Sends the text now, behind what has been posted: in a synchronous loop the tick never ends. */
  send(text: string): void {
    this.#texts.push(text);
    this.#flush();
  }

  /** Sends what has been posted, then closes the port for both sides. */
  close(): void {
    this.#flush();
    this.#port.close();
  }

  // One function from the port to who hears: between it and a task there are to be few.
  readonly #take = (said: string | string[]): void => {
    if (typeof said === "string") this.#unheard.push(said);
    else this.#unheard.push(...said);
    // All messages that have come are delivered in one turn: only a turn's end tells the next.
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
    // Most ticks have one thing to say, and a string alone is copied faster than a list of one.
    this.#port.postMessage(this.#texts.length === 1 ? first : this.#texts);
    this.#texts = [];
  }
}
