// What the user may do, as the API server says it. The buttons only follow: the API server decides when one is pressed.

/** Questions at a time. */
const AT_ONCE = 4;

const UNKNOWN = { allowed: true, reason: '' };

export class Access {
  /** @param changed called when an answer has come */
  constructor(api, changed) {
    this.api = api;
    this.changed = changed;
    this.answers = new Map();
    this.waiting = [];
    this.running = 0;
  }

  /** Whether a StoppableContainer may be changed: by a right for its namespace, else by one for its name. */
  mayChange({ namespace, name }) {
    const all = this.ask({ verb: 'patch', namespace });
    if (all === UNKNOWN || all.allowed) {
      return all;
    }
    return this.ask({ verb: 'patch', namespace, name });
  }

  ask(attributes) {
    const key = JSON.stringify(attributes);
    if (!this.answers.has(key)) {
      this.answers.set(key, UNKNOWN);
      this.waiting.push([key, attributes]);
      this.next();
    }
    return this.answers.get(key);
  }

  /** An answer that can't be had is left out: then the button is there, and pressing it tells. */
  async next() {
    while (this.running < AT_ONCE && this.waiting.length > 0) {
      const [key, attributes] = this.waiting.shift();
      this.running++;
      this.api
        .review(attributes)
        .then((status) => {
          this.answers.set(key, { allowed: status.allowed === true, reason: status.reason ?? '' });
          this.changed();
        })
        .catch((error) => console.warn('no review', error))
        .finally(() => {
          this.running--;
          this.next();
        });
    }
  }
}
