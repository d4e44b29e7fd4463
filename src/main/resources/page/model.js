// Turns a StoppableContainer's status into readable text and numbers. Phases and reasons keep their API names.

import { GROUP, changesByItself } from './api.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const SPANS = [[86_400, 'd'], [3600, 'h'], [60, 'min']];

/** Reasons of the Ready condition that are no problem; all others are shown as problems. */
const LASTING = ['Running', 'Stopped', 'Completed'];

/** Reasons that pass without the user. */
const PASSING = ['Stopping', 'ProviderStarting', 'ConsumerStarting', 'Deleting'];

/** Conditions that exist only while there is something to report. */
const REMARKS = ['NodeUnavailable', 'DiskPressure', 'RestartRequired', 'ImageChanged', 'SnapshotWaiting'];

export function keyOf(object) {
  return `${object.metadata.namespace}/${object.metadata.name}`;
}

export function condition(object, type) {
  return object?.status?.conditions?.find((found) => found.type === type) ?? null;
}

export function phase(resource) {
  return resource.status?.phase ?? 'Pending';
}

/** Reason of the Ready condition; empty before the operator has set one. */
export function reason(resource) {
  return resource.metadata.deletionTimestamp ? 'Deleting' : (condition(resource, 'Ready')?.reason ?? '');
}

export function message(resource) {
  return resource.status?.message ?? 'The operator has not looked at it yet.';
}

export function isTrouble(resource) {
  return phase(resource) === 'Failed' || !['', ...LASTING, ...PASSING].includes(reason(resource));
}

/** Whether the operator is still working: it has not seen the newest spec, or has not finished its work. */
export function isBusy(resource) {
  return !isCurrent(resource) || PASSING.includes(reason(resource));
}

/** Whether the status speaks of the newest spec, and of the user's newest wish. */
function isCurrent({ spec, status = {}, metadata }) {
  const setAt = changesByItself(spec) ? metadata.annotations?.[`${GROUP}/running-set-at`] : undefined;
  const seen = setAt === undefined || setAt === status.userWish?.setAt;
  return status.observedGeneration === metadata.generation && seen;
}

/** The state that the container is to be in: of the status, or of a spec that the operator has not seen yet. */
export function wanted(resource) {
  const known = isCurrent(resource) ? resource.status?.wanted : undefined;
  const word = known ?? (resource.spec.running ? 'Run' : 'StoppedByUser');
  return { Run: 'running', StoppedByUser: 'stopped' }[word] ?? word.toLowerCase();
}

/** Whether user or schedule have started the container, and neither they nor its idleness have stopped it since. */
export function isToRun(resource) {
  return !['stopped', 'stoppedbyschedule', 'stoppedidle'].includes(wanted(resource));
}

/** What the schedule does next, or null. */
export function scheduled({ status = {} }) {
  const next = status.scheduled;
  return next ? `${next.running ? 'Starts' : 'Stops'} it ${new Date(next.at).toLocaleString()}` : null;
}

/** What keeps the container busy, or since when it is idle; null where that is not watched. */
export function activity({ status = {} }) {
  const { message, stopsAt } = status.idle ?? {};
  const stop = stopsAt ? `, is stopped ${new Date(stopsAt).toLocaleString()}` : '';
  return message ? `${message}${stop}` : null;
}

/** Whether the container has exited and waits for its user. */
export function hasEnded(resource) {
  return condition(resource, 'Ended')?.status === 'True';
}

export function remarks(resource) {
  return REMARKS.map((type) => condition(resource, type)).filter((found) => found?.status === 'True');
}

/** Time of the container's last start in milliseconds, or null. */
export function lastStart(resource) {
  const known = resource.status?.lastStart;
  return known ? Date.parse(known) : null;
}

/** Disk space of the changes to the image at the last stop; null if the agent has not reported it. */
export function changes(instance) {
  const { bytes, inodes } = instance?.status?.agent?.size ?? {};
  return bytes === undefined ? null : { bytes: Number(bytes), inodes: Number(inodes ?? 0) };
}

export function bytes(count) {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

export function inodes(count) {
  return count === 1 ? '1 inode' : `${count} inodes`;
}

/** A duration, rounded as kubectl does. */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  for (const [size, name] of SPANS) {
    if (seconds >= 2 * size) {
      return `${Math.floor(seconds / size)} ${name}`;
    }
  }
  return `${seconds} s`;
}

export function ago(time, now) {
  return `${span(now - time)} ago`;
}

/** "3 StoppableContainers: 2 Running, 1 Stopped". */
export function summary(resources) {
  const counts = new Map();
  resources.forEach((resource) => counts.set(phase(resource), (counts.get(phase(resource)) ?? 0) + 1));
  const parts = [...counts].sort().map(([name, count]) => `${count} ${name}`);
  const all = `${resources.length} StoppableContainer${resources.length === 1 ? '' : 's'}`;
  return parts.length === 0 ? 'No StoppableContainers here' : `${all}: ${parts.join(', ')}`;
}

/** Whether the row's text contains all words of a filter. */
export function matches(resource, filter) {
  const { namespace, name } = resource.metadata;
  const words = [namespace, name, phase(resource), reason(resource), message(resource), resource.status?.nodeName];
  const text = words.join(' ').toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
