// The table: one row per StoppableContainer; only changed cells are written.

import { button, element, renderEach, setAttribute, setText, updateButton } from './dom.js';
import * as model from './model.js';

/** Maximum number of rows; the filter finds the others. */
export const MOST_ROWS = 500;

/** Data of a row in addition to its resource. */
export class Table {
  /**
   * @param rows the tbody
   * @param actions open(resource) and run(resource, running)
   */
  constructor(rows, actions) {
    this.rows = rows;
    this.actions = actions;
    /** The newest object of each row, for its buttons. */
    this.shown = new Map();
  }

  /** @param context instance(key), access(resource), pending (keys), opened (key), now */
  render(resources, context) {
    this.shown = new Map(resources.map((resource) => [model.keyOf(resource), resource]));
    renderEach(
      this.rows,
      resources.slice(0, MOST_ROWS),
      model.keyOf,
      (resource) => this.make(resource),
      (row, resource) => update(row, resource, context),
    );
  }

  make(resource) {
    const key = model.keyOf(resource);
    const open = element('button', { type: 'button', class: 'name' }, resource.metadata.name);
    open.addEventListener('click', () => this.actions.open(this.shown.get(key)));
    const cell = (name, ...children) => element('td', { class: name }, ...children);
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, open),
      cell('namespace', resource.metadata.namespace),
      cell('phase', element('span', { class: 'badge' }), element('span', { class: 'reason' })),
      cell('message', element('span'), element('ul', { class: 'remarks' })),
      cell('node'),
      cell('changes number', element('span'), element('span', { class: 'reason' })),
      cell('start number', element('time')),
      cell('action', runButton(() => this.shown.get(key), this.actions.run)),
    );
  }
}

function update(row, resource, context) {
  const key = model.keyOf(resource);
  const at = (selector) => row.querySelector(selector);
  setAttribute(at('.name'), 'aria-expanded', String(context.opened === key));
  setAttribute(row, 'class', context.opened === key ? 'opened' : null);
  updateBadge(at('.badge'), resource);
  setText(at('.phase .reason'), model.reason(resource) === model.phase(resource) ? '' : model.reason(resource));
  setText(at('.message > span'), model.message(resource));
  setAttribute(at('.message > span'), 'class', model.isTrouble(resource) ? 'trouble' : null);
  updateRemarks(at('.remarks'), resource);
  setText(at('.node'), resource.status?.nodeName ?? '–');
  const changes = model.changes(context.instance(key));
  setText(at('.changes span'), changes === null ? '–' : model.bytes(changes.bytes));
  setAttribute(at('.changes'), 'title', changes === null ? null : 'At its last stop');
  setText(at('.changes .reason'), changes === null ? '' : model.inodes(changes.inodes));
  updateTime(at('time'), model.lastStart(resource), context.now);
  updateRunButton(at('.run'), resource, context);
}

export function updateBadge(badge, resource) {
  setText(badge, model.phase(resource));
  setAttribute(badge, 'data-phase', model.isTrouble(resource) ? 'trouble' : model.phase(resource));
  setAttribute(badge, 'data-busy', model.isBusy(resource) && !model.isTrouble(resource) ? 'true' : null);
}

function updateRemarks(list, resource) {
  renderEach(
    list,
    model.remarks(resource),
    (remark) => remark.type,
    (remark) => element('li', {}, remark.type),
    (item, remark) => setAttribute(item, 'title', remark.message ?? ''),
  );
}

export function updateTime(node, time, now) {
  setText(node, time === null ? '–' : model.ago(time, now));
  setAttribute(node, 'datetime', time === null ? null : new Date(time).toISOString());
  setAttribute(node, 'title', time === null ? null : new Date(time).toLocaleString());
}

/** A button that starts or stops. */
export function runButton(resource, run) {
  const made = button('run', () => run(resource(), made.dataset.running === 'true'));
  return made;
}

export function updateRunButton(node, resource, context) {
  const { namespace, name } = resource.metadata;
  const running = !model.isToRun(resource);
  const word = running ? 'Start' : 'Stop';
  setAttribute(node, 'data-running', String(running));
  updateButton(node, word, `${word} ${name} in ${namespace}`, whyNot(resource, context));
}

/** The reason why no one can change it now, or an empty text. */
export function whyNotNow(resource, context) {
  if (resource.metadata.deletionTimestamp) {
    return 'It is being deleted.';
  }
  return context.pending.has(model.keyOf(resource)) ? 'The API server is being asked.' : '';
}

/** The reason why the user can't start or stop it now, or an empty text. */
export function whyNot(resource, context) {
  const now = whyNotNow(resource, context);
  if (now !== '') {
    return now;
  }
  const access = context.access(resource);
  if (access.allowed) {
    return '';
  }
  const because = access.reason === '' ? '' : ` (${access.reason})`;
  return `You may not change StoppableContainers in namespace ${resource.metadata.namespace}${because}.`;
}
