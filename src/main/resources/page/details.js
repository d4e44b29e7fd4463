// The details of one StoppableContainer: why it does not run, its timeline, its snapshots, and the rest of its status.

import { events, ours, pods } from './api.js';
import { element, renderEach, setAttribute, setText, tell } from './dom.js';
import * as model from './model.js';
import { Snapshots } from './snapshots.js';
import { runButton, updateBadge, updateRunButton, whyNot } from './table.js';
import { timeline } from './timeline.js';
import { Watch } from './watch.js';

export class Details {
  /**
   * @param actions close(), run(resource, running), take(resource, stopIfNeeded) and restore(resource, snapshot name)
   * @param changed called when there is something new to show
   */
  constructor(section, api, actions, changed) {
    this.section = section;
    this.api = api;
    this.changed = changed;
    this.resource = null;
    this.key = null;
    this.watches = [];
    this.snapshotList = new Snapshots(actions);
    this.parts = this.make(actions);
  }

  make(actions) {
    const parts = {
      name: element('h2', { id: 'details-name', tabindex: '-1' }),
      badge: element('span', { class: 'badge' }),
      run: runButton(() => this.resource, actions.run),
      close: element('button', { type: 'button', class: 'close', 'aria-label': 'Close details' }, '×'),
      may: element('p', { class: 'hint', hidden: '' }),
      why: element('div', { class: 'why' }),
      timeline: element('ol', { class: 'timeline' }),
      refused: element('p', { class: 'hint', hidden: '' }),
      facts: element('dl', { class: 'facts' }),
    };
    parts.close.addEventListener('click', actions.close);
    this.section.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        actions.close();
      }
    });
    this.section.append(
      element('div', { class: 'head' }, parts.name, parts.badge, parts.run, parts.close),
      parts.may,
      parts.why,
      element('h3', {}, 'Timeline'),
      parts.timeline,
      parts.refused,
      ...this.snapshotList.elements(),
      element('h3', {}, 'Facts'),
      parts.facts,
    );
    return parts;
  }

  /** Opens for a StoppableContainer, and follows its pods and events. */
  open(key) {
    this.close();
    this.key = key;
    const [namespace, name] = key.split('/');
    this.pods = new Map();
    this.events = new Map();
    this.snapshots = new Map();
    this.restores = new Map();
    this.refused = new Set();
    const own = `stoppablecontainer.xtlsoft.top/instance=${name}`;
    const plural = (what) => ours(`stoppablecontainer${what}`, namespace);
    this.watches = [
      this.follow('pods', pods(namespace), { labelSelector: own }, this.pods, model.keyOf),
      this.follow('snapshots', plural('snapshots'), {}, this.snapshots, model.keyOf),
      this.follow('restores', plural('restores'), {}, this.restores, model.keyOf),
      ...[name, `${name}-provider`].map((regarding) => {
        const query = { fieldSelector: `regarding.name=${regarding}` };
        return this.follow('events', events(namespace), query, this.events, (event) => event.metadata.uid);
      }),
    ];
    this.section.hidden = false;
  }

  close() {
    this.watches.forEach((watch) => watch.stop());
    this.watches = [];
    this.key = null;
    this.resource = null;
    this.snapshotList.close();
    this.section.hidden = true;
  }

  focus() {
    this.parts.name.focus();
  }

  follow(what, path, query, objects, keyOf) {
    const mine = new Set();
    return new Watch(this.api, path, query, {
      replaced: (items) => {
        mine.forEach((key) => objects.delete(key));
        mine.clear();
        items.forEach((item) => mine.add(keyOf(item)) && objects.set(keyOf(item), item));
        this.changed();
      },
      changed: (type, object) => {
        mine.add(keyOf(object));
        // An expired event stays in the timeline.
        if (type !== 'DELETED') {
          objects.set(keyOf(object), object);
        } else if (what !== 'events') {
          objects.delete(keyOf(object));
        }
        this.changed();
      },
      connected: () => {},
      // The table's watch reports a lost connection.
      lost: () => {},
      refused: () => {
        this.refused.add(what);
        this.changed();
      },
    }).start();
  }

  /** @param context as the table's */
  render(resource, context) {
    this.resource = resource;
    const { parts } = this;
    setText(parts.name, resource.metadata.name);
    updateBadge(parts.badge, resource);
    updateRunButton(parts.run, resource, context);
    tell(parts.may, whyNot(resource, context));
    this.renderWhy(resource);
    this.renderTimeline(resource);
    const hidden = [...this.refused].join(' and ');
    const where = resource.metadata.namespace;
    tell(parts.refused, hidden === '' ? '' : `Not all is shown: you may not watch ${hidden} in namespace ${where}.`);
    this.snapshotList.render(resource, [...this.snapshots.values()], [...this.restores.values()], context);
    this.renderFacts(resource, context);
  }

  /** The Ready condition's message, and the other conditions with a problem. */
  renderWhy(resource) {
    const ready = { type: model.reason(resource), message: model.message(resource) };
    const trouble = model.isTrouble(resource);
    renderEach(
      this.parts.why,
      [ready, ...model.remarks(resource)],
      (finding) => finding.type,
      () => element('p', {}, element('strong'), element('span')),
      (paragraph, finding) => {
        setText(paragraph.firstElementChild, finding.type);
        setText(paragraph.lastElementChild, finding.message ?? '');
        setAttribute(paragraph, 'class', finding === ready && !trouble ? null : 'trouble');
      },
    );
  }

  renderTimeline(resource) {
    const { asked, entries } = timeline(resource, this.pods, [...this.events.values()]);
    const next = entries.findIndex((entry) => entry.kind === 'waiting');
    const waits = model.isBusy(resource) || model.isTrouble(resource);
    renderEach(
      this.parts.timeline,
      entries,
      (entry) => entry.id,
      () => element('li', {}, element('time'), element('strong'), element('span')),
      (item, entry) => {
        const [time, title, detail] = item.children;
        setText(time, entry.time === null ? '' : `+${Math.max(0, Math.floor((entry.time - asked) / 1000))} s`);
        setAttribute(time, 'datetime', entry.time === null ? null : new Date(entry.time).toISOString());
        setAttribute(time, 'title', entry.time === null ? null : new Date(entry.time).toLocaleString());
        setText(title, entry.title);
        setText(detail, entry.detail);
        setAttribute(item, 'data-kind', entry.kind);
        setAttribute(item, 'aria-current', waits && entry === entries[next] ? 'step' : null);
      },
    );
  }

  renderFacts(resource, context) {
    const { status = {}, metadata, spec } = resource;
    const changes = model.changes(context.instance(this.key));
    const exit = status.lastExit;
    const facts = [
      ['Namespace', metadata.namespace],
      ['Wanted', model.wanted(resource)],
      ['Schedule', model.scheduled(resource)],
      ['Activity', model.activity(resource)],
      ['Deleted', status.expiresAt && `${new Date(status.expiresAt).toLocaleString()}, if it stays stopped`],
      ['Node', status.nodeName],
      ['Image', status.image ?? spec.template?.container?.image ?? spec.template?.spec?.containers?.[0]?.image],
      ['Changes', changes && `${model.bytes(changes.bytes)} in ${model.inodes(changes.inodes)}, at its last stop`],
      ['Last start', model.lastStart(resource) && new Date(model.lastStart(resource)).toLocaleString()],
      ['Last exit', exit && `${exit.reason ?? ''} (exit code ${exit.exitCode})`],
      ['Restarts', status.restartCount ? String(status.restartCount) : null],
      ['Folder', status.hostPath],
      ['Pods', [status.consumerPodName, status.providerPodName].filter(Boolean).join(', ')],
      ['Created', new Date(metadata.creationTimestamp).toLocaleString()],
    ].filter(([, value]) => value);
    renderEach(
      this.parts.facts,
      facts,
      ([name]) => name,
      ([name]) => element('div', {}, element('dt', {}, name), element('dd')),
      (row, [, value]) => setText(row.lastElementChild, value),
    );
  }
}
