// A list that is kept current: it lists once, then watches, and lists again when the API server answers 410 Gone.

import { ApiError } from './api.js';

const GONE = 410;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const NOT_FOUND = 404;

/** The server ends each watch after this time. A watch that lasts longer is dead, for example after a laptop's sleep. */
const WATCH_SECONDS = 240;
const DEAD_AFTER_MS = (WATCH_SECONDS + 30) * 1000;

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** A connection that lasted this long counts as good, even without an event. */
const GOOD_AFTER_MS = 10_000;

export class Watch {
  /**
   * @param listener receives replaced(items), changed(type, object), connected(), lost(error), and once and for all
   *     refused(error)
   */
  constructor(api, path, query, listener) {
    this.api = api;
    this.path = path;
    this.query = query;
    this.listener = listener;
    this.abort = new AbortController();
    this.waitMs = FIRST_WAIT_MS;
    // A failed WebSocket has no reason; a request has one.
    this.useSocket = true;
  }

  start() {
    this.run();
    return this;
  }

  stop() {
    this.abort.abort();
  }

  async run() {
    const { signal } = this.abort;
    let version = null;
    while (!signal.aborted) {
      try {
        if (version === null) {
          const list = await this.api.list(this.path, this.query, signal);
          if (signal.aborted) {
            return;
          }
          this.listener.replaced(list.items);
          version = list.version;
        }
        version = await this.follow(version);
      } catch (error) {
        if (signal.aborted) {
          return;
        }
        if ([UNAUTHORIZED, FORBIDDEN, NOT_FOUND].includes(error.status)) {
          this.listener.refused(error);
          return;
        }
        if (error.status === GONE) {
          version = null;
        } else {
          this.listener.lost(error);
        }
        await this.pause();
      }
    }
  }

  /** Watches until the server ends the watch; returns the resourceVersion to continue from. */
  async follow(version) {
    const began = performance.now();
    const seen = { version, failure: null, any: false };
    const url = this.api.url(this.path, {
      ...this.query,
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: WATCH_SECONDS,
      resourceVersion: version,
    });
    const ended = AbortSignal.any([this.abort.signal, AbortSignal.timeout(DEAD_AFTER_MS)]);
    const connected = () => this.listener.connected();
    if (this.useSocket) {
      this.useSocket = await bySocket(url, (event) => this.take(event, seen), ended, connected);
    } else {
      this.useSocket = true;
      await byRequest(this.api, url, (event) => this.take(event, seen), ended, connected);
    }
    if (seen.failure !== null) {
      throw seen.failure;
    }
    if (seen.any || performance.now() - began > GOOD_AFTER_MS) {
      this.waitMs = FIRST_WAIT_MS;
    } else if (this.useSocket) {
      throw new Error('the watch ended at once');
    }
    return seen.version;
  }

  /** Handles one event; returns whether the watch continues. */
  take(event, seen) {
    if (event.type === 'ERROR') {
      seen.failure = new ApiError(event.object.code, event.object.message);
      return false;
    }
    seen.any = true;
    seen.version = event.object.metadata.resourceVersion;
    if (event.type !== 'BOOKMARK') {
      this.listener.changed(event.type, event.object);
    }
    return true;
  }

  /** Waits longer each time, with a random part, so that tabs don't reconnect at once. */
  async pause() {
    const wait = this.waitMs * (0.75 + Math.random() / 2);
    this.waitMs = Math.min(2 * this.waitMs, LONGEST_WAIT_MS);
    const { signal } = this.abort;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
  }
}

/**
 * Watches over a WebSocket: a browser opens at most six HTTP connections to one server for all tabs, and watches would
 * occupy them. Returns whether the WebSocket opened.
 */
function bySocket(url, take, signal, connected) {
  return new Promise((resolve) => {
    const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + url);
    let opened = false;
    const close = () => socket.close();
    signal.addEventListener('abort', close, { once: true });
    socket.onopen = () => {
      opened = true;
      connected();
    };
    socket.onmessage = (message) => {
      if (!take(JSON.parse(message.data))) {
        socket.close();
      }
    };
    socket.onclose = () => {
      signal.removeEventListener('abort', close);
      resolve(opened);
    };
  });
}

/** Watches with a streaming request, one JSON object per line, where WebSockets fail, and to get the error. */
async function byRequest(api, url, take, signal, connected) {
  const answer = await api.send('GET', url, null, undefined, signal);
  connected();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    if (!lines.filter((line) => line !== '').every((line) => take(JSON.parse(line)))) {
      await reader.cancel();
      return;
    }
  }
}
