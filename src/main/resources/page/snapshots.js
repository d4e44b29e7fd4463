// The snapshots of the open StoppableContainer: takes one, and gives the container the files of one after a confirmation.

import { button, element, renderEach, setAttribute, setText, tell, updateButton } from './dom.js';
import * as model from './model.js';
import { updateTime, whyNotNow } from './table.js';

const SNAPSHOTS = 'stoppablecontainersnapshots';
const RESTORES = 'stoppablecontainerrestores';

export class Snapshots {
  /** @param actions take(resource, stopIfNeeded) and restore(resource, snapshot name) */
  constructor(actions) {
    this.resource = null;
    this.actions = actions;
    this.question = element('p', { id: 'question' });
    this.yes = element('button', { type: 'button', class: 'yes' });
    const no = element('button', { type: 'button', class: 'no' }, 'Cancel');
    this.dialog = element('dialog', { 'aria-labelledby': 'question' }, this.question, this.yes, no);
    this.yes.addEventListener('click', () => {
      this.dialog.close();
      this.confirmed();
    });
    no.addEventListener('click', () => this.dialog.close());
    // Escape closes the dialog alone, not the details behind it.
    this.dialog.addEventListener('keydown', (event) => event.stopPropagation());
    this.take = button('take', () => this.askToTake());
    this.restored = element('p', { class: 'hint', hidden: '' });
    this.list = element('ul', { class: 'snapshots' });
  }

  /** The elements, in their order. */
  elements() {
    const head = element('div', { class: 'head' }, element('h3', {}, 'Snapshots'), this.take);
    return [head, this.restored, this.list, this.dialog];
  }

  /** A question about another StoppableContainer is none about this one. */
  close() {
    this.dialog.close();
  }

  ask(question, word, confirmed) {
    setText(this.question, question);
    setText(this.yes, word);
    this.confirmed = confirmed;
    this.dialog.showModal();
  }

  askToTake() {
    const { resource } = this;
    if (isStopped(resource)) {
      this.actions.take(resource, false);
      return;
    }
    const { name } = resource.metadata;
    this.ask(`${name} runs. It is stopped for the snapshot, which ends its processes, and then started again.`,
      'Stop and take', () => this.actions.take(resource, true));
  }

  askToRestore(name) {
    const { resource } = this;
    const target = resource.metadata.name;
    this.ask(`${target} gets the files of ${name}. Those that it has now are kept as another snapshot.`,
      'Restore', () => this.actions.restore(resource, name));
  }

  /**
   * @param snapshots those of the namespace
   * @param restores those of the namespace
   * @param context as the table's, with may(resource, verb, plural)
   */
  render(resource, snapshots, restores, context) {
    this.resource = resource;
    const { name } = resource.metadata;
    const mine = newestFirst(snapshots.filter((snapshot) => snapshot.spec.source.name === name));
    updateButton(this.take, 'Take', `Take a snapshot of ${name}`, whyNot(resource, context, SNAPSHOTS));
    const [last] = newestFirst(restores.filter((restore) => restore.spec.target.name === name));
    tell(this.restored, last === undefined ? '' : restoreText(last));
    renderEach(
      this.list,
      mine,
      (snapshot) => snapshot.metadata.name,
      (snapshot) => this.make(snapshot.metadata.name),
      (item, snapshot) => this.update(item, snapshot, context),
    );
  }

  make(name) {
    return element('li', {},
      element('strong', {}, name),
      button('restore', () => this.askToRestore(name)),
      element('span', {}, element('time'), element('span')));
  }

  update(item, snapshot, context) {
    const { name } = snapshot.metadata;
    const { status = {} } = snapshot;
    const time = status.takenAt ?? snapshot.metadata.creationTimestamp;
    updateTime(item.querySelector('time'), Date.parse(time), context.now);
    const size = status.bytes === undefined ? '' : `, ${model.bytes(Number(status.bytes))}`;
    setText(item.querySelector('span > span'), status.phase === 'Ready' ? size : `, ${status.message ?? 'Pending'}`);
    setAttribute(item, 'data-phase', status.phase ?? 'Pending');
    const why = status.phase === 'Ready' ? whyNoRestore(this.resource, context) : 'The snapshot is not ready.';
    updateButton(item.querySelector('.restore'), 'Restore', `Restore ${name}`, why);
  }
}

function newestFirst(objects) {
  return objects.sort((one, other) => (one.metadata.creationTimestamp < other.metadata.creationTimestamp ? 1 : -1));
}

function isStopped(resource) {
  return model.phase(resource) === 'Stopped' && !model.isBusy(resource);
}

function restoreText({ spec, status = {} }) {
  const from = spec.snapshotName ?? 'its image';
  return status.phase === 'Restored'
    ? `Has had the files of ${from} since ${new Date(status.restoredAt).toLocaleString()}.`
    : `Gets the files of ${from}: ${status.message ?? 'the operator has not looked at it yet.'}`;
}

function whyNot(resource, context, plural) {
  const now = whyNotNow(resource, context);
  return now !== '' || context.may(resource, 'create', plural).allowed
    ? now
    : `You may not create ${plural} in namespace ${resource.metadata.namespace}.`;
}

function whyNoRestore(resource, context) {
  return isStopped(resource) ? whyNot(resource, context, RESTORES) : 'Stop it first: its files can be exchanged then.';
}
