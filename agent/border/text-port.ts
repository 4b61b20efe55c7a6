// Carries texts over a MessagePort; both sides of a connection use it. The first text of a tick is sent at once, so
// that the other thread begins. The others are sent together, since waking the other thread costs more than most texts
// do.
import type { MessagePort } from "node:worker_threads";
import type { Turns } from "./turns.ts";

/** At this number of texts the batch is sent, so that the other thread begins while this one works on. */
const TEXTS_AT_ONCE = 8;

/** How many texts of one port are handled in one turn of the event loop that ports share. */
const TEXTS_A_TURN = 8;

/** One end of a connection's port. */
export class TextPort {
  readonly #port: MessagePort;
  readonly #hear: (text: string) => void;
  readonly #turns: Turns | undefined;
  /** The turn in which the last text was handled, and how many more may be handled in it. */
  #turn = 0;
  #left = 0;
  #texts: string[] = [];
  #isGathering = false;
  #unheard: string[] = [];

  /**
   * `hear` is called for each text of the other side, in order. With `turns`, the ports that share them handle a few
   * texts in each turn of the event loop, so that a thousand requests do not keep all other work waiting. Default: all
   * texts are handled when they arrive.
   */
  constructor(port: MessagePort, hear: (text: string) => void, turns?: Turns) {
    this.#port = port;
    this.#hear = hear;
    this.#turns = turns;
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
    while (this.#unheard.length > 0) {
      if (!this.#mayHear()) return this.#turns?.wait(this.#next);
      this.#hear(this.#unheard.shift() ?? "");
    }
  };

  readonly #next = (): void => this.#take([]);

  #mayHear(): boolean {
    const turns = this.#turns;
    if (!turns) return true;
    if (!turns.mayBegin()) return false;
    if (this.#turn !== turns.count) [this.#turn, this.#left] = [turns.count, TEXTS_A_TURN];
    return this.#left-- > 0;
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
