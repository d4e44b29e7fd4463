// The user's rights, from the API server. They only grey the buttons: the API server decides when one is pressed.

/** Concurrent reviews. */
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

  /** Whether the user may change a StoppableContainer: by a right for its namespace or for its name. */
  mayChange({ namespace, name }) {
    const all = this.ask({ verb: 'patch', namespace });
    if (all === UNKNOWN || all.allowed) {
      return all;
    }
    return this.ask({ verb: 'patch', namespace, name });
  }

  /** Whether the user may do something to the objects of one kind in a namespace. */
  may({ namespace }, verb, resource) {
    return this.ask({ verb, namespace, resource });
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

  /** A failed review is ignored: the button stays active, and pressing it shows the API server's error. */
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
