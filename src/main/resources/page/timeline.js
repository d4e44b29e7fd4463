// The steps since a StoppableContainer was last asked to run or to stop, and the steps still to come, from the
// conditions of the resource and its pods, and from events. Most Kubernetes times have whole seconds, so steps of the
// same second have a fixed order.

import { GROUP } from './api.js';
import { condition, hasEnded, isToRun, keyOf, phase } from './model.js';

const STEP = 'step';
const WAITING = 'waiting';
const EVENT = 'event';
const WARNING = 'warning';

/**
 * The entries, oldest first, waiting steps last.
 *
 * @param pods its pods, by namespace/name
 * @param events events of it, its instance and its pods
 * @return {asked, entries: [{id, kind, time, title, detail}]}; times in milliseconds, null for waiting steps
 */
export function timeline(resource, pods, events) {
  const asked = askedAt(resource);
  const provider = pods.get(`${keyOf(resource)}-provider`) ?? null;
  const pod = pods.get(keyOf(resource)) ?? null;
  const toRun = isToRun(resource);
  const steps = toRun ? startSteps(resource, provider, pod) : stopSteps(resource, pod);
  const first = { id: 'asked', title: toRun ? 'Asked to run' : 'Asked to stop', ...asked };
  const done = steps.filter((step) => step.time !== null && step.time >= asked.time);
  const open = steps.filter((step) => step.time === null);
  const past = [
    ...[first, ...done].map((step, rank) => ({ ...step, kind: STEP, rank })),
    ...events.map(eventEntry).filter((entry) => entry.time >= asked.time),
  ];
  past.sort((one, other) => second(one) - second(other) || one.rank - other.rank || one.time - other.time);
  return { asked: asked.time, entries: [...past, ...open.map((step) => ({ ...step, kind: WAITING }))] };
}

function second(entry) {
  return Math.floor(entry.time / 1000);
}

/**
 * When it was last asked, and by what: its schedule, its idleness, a connection, or the writer of spec.running in
 * metadata.managedFields.
 */
function askedAt(resource) {
  const writes = (resource.metadata.managedFields ?? [])
    .filter((entry) => asks(entry.fieldsV1 ?? {}) && entry.time)
    .map((entry) => ({ time: Date.parse(entry.time), detail: `by ${entry.manager}` }));
  const made = { time: Date.parse(resource.metadata.creationTimestamp), detail: '' };
  const { wanted, wantedSince, wake } = resource.status ?? {};
  const woken = wanted === 'Run' && wake && Date.parse(wake.wokenAt) >= Date.parse(wantedSince) - 10_000;
  const scheduled = wanted === 'StoppedBySchedule' || (wanted === 'Run' && !resource.spec.running);
  const cause = woken
    ? `by a connection to port ${wake.port}`
    : wanted === 'StoppedIdle'
      ? 'because it was idle'
      : scheduled && 'by its schedule';
  const changes = cause && wantedSince ? [{ time: Date.parse(wantedSince), detail: cause }] : [];
  return [made, ...writes, ...changes].reduce((last, write) => (write.time >= last.time ? write : last));
}

/** Whether a manager of these fields asks for a start or a stop. */
function asks(fields) {
  const asked = fields['f:spec']?.['f:running'] ?? fields['f:metadata']?.['f:annotations']?.[`f:${GROUP}/running-set-at`];
  return asked !== undefined;
}

function startSteps(resource, provider, pod) {
  // A terminating pod belongs to the last run.
  const consumer = pod?.metadata.deletionTimestamp ? null : pod;
  return [
    created('provider', 'Provider pod created', provider, 'It keeps the image and the place on the node'),
    byCondition('provider-placed', 'Provider pod placed', provider, 'PodScheduled', onNode(provider)),
    byCondition('mounted', 'File system mounted', provider, `${GROUP}/mounted`),
    created('created', 'Pod created', consumer, ''),
    byCondition('placed', 'Pod placed', consumer, 'PodScheduled', onNode(consumer)),
    byCondition('sandbox', 'Network and volumes ready', consumer, 'PodReadyToStartContainers'),
    containerStarted(consumer),
    byCondition('attached', 'File system attached', consumer, `${GROUP}/attached`, 'The command runs on it'),
    hasEnded(resource) ? ended(resource) : ready(resource, consumer),
  ];
}

function stopSteps(resource, pod) {
  const stopped = phase(resource) === 'Stopped' ? resource.status : null;
  return [
    pod?.metadata.deletionTimestamp
      ? { id: 'ending', time: deletedAt(pod), title: 'Pod deleted', detail: grace(pod) }
      : null,
    exit(resource),
    { id: 'stopped', time: time(stopped?.since), title: 'Stopped', detail: stopped ? 'All writes are on disk' : '' },
  ].filter((step) => step !== null);
}

function created(id, title, pod, detail) {
  return { id, time: time(pod?.metadata.creationTimestamp), title, detail };
}

/** A step that is done when a condition is true; a false condition can give the reason. */
function byCondition(id, title, object, type, detail = '') {
  const found = condition(object, type);
  if (found?.status === 'True') {
    return { id, time: time(found.lastTransitionTime), title, detail };
  }
  return { id, time: null, title, detail: [found?.reason, found?.message].filter(Boolean).join(': ') };
}

function onNode(pod) {
  return pod?.spec.nodeName ? `on ${pod.spec.nodeName}` : '';
}

function containerStarted(pod) {
  const title = 'Container started';
  const name = pod?.spec.containers[0].name;
  const state = pod?.status?.containerStatuses?.find((status) => status.name === name)?.state ?? {};
  const { reason: why, message: text } = state.waiting ?? {};
  return {
    id: 'container',
    time: time((state.running ?? state.terminated)?.startedAt),
    title,
    detail: [why, text].filter(Boolean).join(': '),
  };
}

function ready(resource, pod) {
  const found = condition(resource, 'Ready');
  const is = found?.status === 'True' && pod !== null;
  return { id: 'ready', time: is ? time(found.lastTransitionTime) : null, title: 'Ready', detail: '' };
}

function ended(resource) {
  const found = condition(resource, 'Ended');
  return { id: 'ended', time: time(found.lastTransitionTime), title: 'Ended', detail: found.message ?? '' };
}

function exit(resource) {
  const last = resource.status?.lastExit;
  const how = last?.signal ? `signal ${last.signal}` : `exit code ${last?.exitCode}`;
  return last?.finishedAt
    ? { id: 'exit', time: time(last.finishedAt), title: 'Container ended', detail: `${how}, ${last.reason ?? ''}` }
    : null;
}

/** deletionTimestamp is the end of the grace period, not its start. */
function deletedAt(pod) {
  return time(pod.metadata.deletionTimestamp) - 1000 * (pod.metadata.deletionGracePeriodSeconds ?? 0);
}

function grace(pod) {
  return `Grace period ${pod.metadata.deletionGracePeriodSeconds ?? 0} s`;
}

function eventEntry(event) {
  const count = event.series?.count ?? event.deprecatedCount ?? 1;
  return {
    id: `event-${event.metadata.uid}`,
    kind: event.type === 'Warning' ? WARNING : EVENT,
    time: eventTime(event),
    title: event.reason + (count > 1 ? ` ×${count}` : ''),
    detail: `${event.regarding.kind} ${event.regarding.name}: ${event.note ?? ''}`,
    rank: 100,
  };
}

function eventTime(event) {
  const { series, eventTime: exact, deprecatedLastTimestamp: last, metadata } = event;
  return time(series?.lastObservedTime ?? exact ?? last ?? metadata.creationTimestamp);
}

function time(text) {
  return text ? Date.parse(text) : null;
}
