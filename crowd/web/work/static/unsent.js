// Answers that the server has not confirmed: kept on this device until it has, whatever happens to
// the connection or the page. An assignment takes one answer, so sending one again does no harm.

const SLOWEST_MS = 15000;
const nameOf = (visit) => `crowd:visit:${visit}`;

export class Unsent {
  // `send(assignment, fields)` gives true once the server has said what became of an answer
  constructor(visit, send, tell) {
    this.name = nameOf(visit);
    this.send = send;
    this.tell = tell;
    this.answers = new Map(this.#kept());
    this.flushing = null;
  }

  has(assignment) { return this.answers.has(assignment); }

  get size() { return this.answers.size; }

  add(assignment, fields) {
    this.answers.set(assignment, fields);
    this.#keep();
    this.flush().catch(() => {});
  }

  // resolves when nothing is left to be sent
  flush() {
    this.flushing ??= this.#sendAll().finally(() => { this.flushing = null; });
    return this.flushing;
  }

  async #sendAll() {
    while (this.answers.size) {
      const [assignment, fields] = this.answers.entries().next().value;
      await patiently(() => this.send(assignment, fields), () => this.tell(this.size));
      this.answers.delete(assignment);
      this.#keep();
    }
    this.tell(0);
  }

  #kept() {
    try { return JSON.parse(localStorage.getItem(this.name)) ?? []; } catch { return []; }
  }

  #keep() {
    try {
      if (this.size) localStorage.setItem(this.name, JSON.stringify([...this.answers]));
      else localStorage.removeItem(this.name);
    } catch { /* the browser lets this page keep nothing: what it holds in memory has to do */ }
  }
}

// A visit that has ended takes nothing more.
export function forgetAnswersOf(visit) {
  try { localStorage.removeItem(nameOf(visit)); } catch { /* there is nothing then */ }
}

// Try until it works; in between wait longer each time, but not once the connection is back.
export async function patiently(attempt, failed = () => {}) {
  for (let pause = 500; ; pause = Math.min(2 * pause, SLOWEST_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Final) throw error;
      failed();
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, pause);
        addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
      });
    }
  }
}

// What trying again does not mend.
export class Final extends Error {}
