// The page: the followed StoppableContainers, the open one, and the actions of the buttons. The address holds this
// state behind the #, so that a user can save and share it.

import { Access } from './access.js';
import { Api, apiRoot, ours } from './api.js';
import { Details } from './details.js';
import { element, tell, setAttribute, setText } from './dom.js';
import * as model from './model.js';
import { MOST_ROWS, Table } from './table.js';
import { Watch } from './watch.js';

/** How often the page updates texts such as "2 min ago". It sends no request for that. */
const TICK_MS = 5000;

const $ = (id) => document.getElementById(id);

class Page {
  constructor(root) {
    this.api = new Api(root);
    this.access = new Access(this.api, () => this.draw());
    this.resources = new Map();
    this.instances = new Map();
    this.pending = new Set();
    this.phases = new Map();
    this.watches = [];
    this.drawing = false;
    const run = (resource, running) => this.run(resource, running);
    const take = (resource, stopIfNeeded) => this.take(resource, stopIfNeeded);
    const restore = (resource, snapshotName) => this.restore(resource, snapshotName);
    const close = () => this.close();
    this.table = new Table($('rows'), { open: (resource) => this.toggle(model.keyOf(resource)), run });
    this.details = new Details($('details'), this.api, { close, run, take, restore }, () => this.draw());
    $('scope').addEventListener('submit', (event) => {
      event.preventDefault();
      this.go({ namespace: $('namespace').value.trim(), open: '' });
    });
    $('filter').addEventListener('input', () => this.go({ filter: $('filter').value }));
    addEventListener('hashchange', () => this.read());
    setInterval(() => this.draw(), TICK_MS);
    this.read();
  }

  /** Follows the StoppableContainers of the address. */
  read() {
    const words = new URLSearchParams(location.hash.slice(1));
    const namespace = words.get('namespace') ?? '';
    const open = words.get('open') ?? '';
    this.filter = words.get('filter') ?? '';
    if ($('filter').value !== this.filter) {
      $('filter').value = this.filter;
    }
    if (namespace !== this.namespace) {
      this.namespace = namespace;
      $('namespace').value = namespace;
      this.follow();
    }
    if (open === '') {
      this.details.close();
    } else if (open !== this.details.key) {
      this.details.open(open);
    }
    this.draw();
  }

  /** Changes a part of the address; the rest stays. */
  go(changes) {
    const words = new URLSearchParams(location.hash.slice(1));
    for (const [key, value] of Object.entries(changes)) {
      if (value === '') {
        words.delete(key);
      } else {
        words.set(key, value);
      }
    }
    history.replaceState(null, '', `#${words}`);
    this.read();
  }

  toggle(key) {
    if (this.details.key === key) {
      this.close();
    } else {
      this.go({ open: key });
      this.details.focus();
    }
  }

  /** Closes the details and returns the focus to their row. */
  close() {
    const row = [...$('rows').children].find((child) => child.dataset.key === this.details.key);
    this.go({ open: '' });
    row?.querySelector('.name').focus();
  }

  follow() {
    this.watches.forEach((watch) => watch.stop());
    this.resources.clear();
    this.instances.clear();
    this.phases.clear();
    this.listed = false;
    tell($('notice'), '');
    tell($('sizes'), '');
    this.state('', 'Asking the API server …');
    this.watches = [
      this.watch('stoppablecontainers', this.resources, (error) => this.refused(error)),
      this.watch('stoppablecontainerinstances', this.instances, () =>
        tell($('sizes'), 'Sizes of changes are not shown: you may not watch stoppablecontainerinstances here.')),
    ];
  }

  watch(resource, objects, refused) {
    const main = objects === this.resources;
    return new Watch(this.api, ours(resource, this.namespace), {}, {
      replaced: (items) => {
        objects.clear();
        items.forEach((item) => objects.set(model.keyOf(item), item));
        this.listed ||= main;
        this.draw();
      },
      changed: (type, object) => {
        if (type === 'DELETED') {
          objects.delete(model.keyOf(object));
        } else {
          objects.set(model.keyOf(object), object);
        }
        this.draw();
      },
      connected: () => main && this.state('live', 'Live'),
      lost: (error) => main && this.state('lost', `Connection lost, trying again (${error.message})`),
      refused,
    }).start();
  }

  state(kind, text) {
    setAttribute($('connection'), 'data-state', kind);
    setText($('connection'), text);
  }

  /** The user may not list here: shows this, and asks for another namespace. */
  refused(error) {
    const where = this.namespace === '' ? 'in all namespaces' : `in namespace ${this.namespace}`;
    const what = {
      401: 'The API server does not know you. Sign in, or start kubectl proxy again, and reload the page.',
      403: `You may not list StoppableContainers ${where}. Name a namespace that you work in.`,
      404: 'This cluster does not know the kind StoppableContainer: its CRDs are not installed.',
    }[error.status];
    tell($('notice'), `${what} The API server says: ${error.message}`);
    this.state('lost', 'Not connected');
    this.draw();
    if (error.status === 403) {
      $('namespace').focus();
    }
  }

  run(resource, running) {
    const [asked, failed] = running ? ['run', 'started'] : ['stop', 'stopped'];
    return this.act(resource, () => this.api.run(resource, running), `is asked to ${asked}`, `be ${failed}`);
  }

  take(resource, stopIfNeeded) {
    const act = () => this.api.take(resource, stopIfNeeded);
    return this.act(resource, act, 'is asked for a snapshot', 'be asked for a snapshot');
  }

  restore(resource, snapshotName) {
    const act = () => this.api.restore(resource, snapshotName);
    return this.act(resource, act, `is to get the files of ${snapshotName}`, 'be restored');
  }

  /** Sends what a button asks for. */
  async act(resource, send, done, what) {
    const key = model.keyOf(resource);
    const { name } = resource.metadata;
    this.pending.add(key);
    tell($('notice'), '');
    this.draw();
    try {
      await send();
      setText($('news'), `${name} ${done}`);
    } catch (error) {
      tell($('notice'), `${name} could not ${what}: ${error.message}`);
    } finally {
      this.pending.delete(key);
      this.draw();
    }
  }

  /** Draws all changes since the last frame at once. */
  draw() {
    if (!this.drawing) {
      this.drawing = true;
      requestAnimationFrame(() => {
        this.drawing = false;
        this.render();
      });
    }
  }

  render() {
    const context = {
      instance: (key) => this.instances.get(key),
      access: (resource) => this.access.mayChange(resource.metadata),
      may: (resource, verb, plural) => this.access.may(resource.metadata, verb, plural),
      pending: this.pending,
      opened: this.details.key,
      now: Date.now(),
    };
    const all = [...this.resources.values()].sort((one, other) => (model.keyOf(one) < model.keyOf(other) ? -1 : 1));
    const found = all.filter((resource) => model.matches(resource, this.filter));
    this.table.render(found, context);
    if (this.listed) {
      const some = found.length === all.length ? '' : `${found.length} of `;
      setText($('count'), some + model.summary(all));
    }
    tell($('more'), found.length > MOST_ROWS ? `The first ${MOST_ROWS} are shown: filter to find the others.` : '');
    setAttribute($('columns'), 'class', this.details.key === null ? 'columns' : 'columns open');
    this.suggestNamespaces(all);
    this.renderDetails(context);
    this.announce();
  }

  renderDetails(context) {
    const { key } = this.details;
    const resource = this.resources.get(key);
    if (resource !== undefined) {
      this.details.render(resource, context);
    } else if (key !== null && this.listed) {
      setText($('news'), `${key} is gone`);
      this.close();
    }
  }

  suggestNamespaces(all) {
    const names = this.namespace === '' ? [...new Set(all.map((resource) => resource.metadata.namespace))] : [];
    if (names.length > 0 && names.join() !== this.suggested) {
      this.suggested = names.join();
      $('namespaces').replaceChildren(...names.map((value) => element('option', { value })));
    }
  }

  /** Announces changes of the open StoppableContainer only: a screen reader could not read all of them. */
  announce() {
    const resource = this.resources.get(this.details.key);
    const now = resource === undefined ? null : `${model.phase(resource)} ${model.reason(resource)}`;
    const before = this.phases.get(this.details.key);
    if (now !== null && before !== undefined && now !== before) {
      setText($('news'), `${resource.metadata.name}: ${now}`);
    }
    this.phases.clear();
    if (now !== null) {
      this.phases.set(this.details.key, now);
    }
  }
}

const root = apiRoot(location);
if (root === null) {
  const way = '/api/v1/namespaces/stoppablecontainer-system/services/stoppablecontainer-page/proxy/';
  setText($('count'), 'No API server');
  const address = `http://127.0.0.1:8001${way}`;
  tell($('notice'), `This page works through the API server's proxy alone: kubectl proxy, then ${address}`);
} else {
  new Page(root);
}
