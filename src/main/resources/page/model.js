// What a StoppableContainer's status says, in words and numbers for people. Phases and reasons are the API's own words.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const SPANS = [[86_400, 'd'], [3600, 'h'], [60, 'min']];

/** Reasons of the Ready condition that tell of no trouble; the rest are told as such. */
const LASTING = ['Running', 'Stopped', 'Completed'];

/** ... and the ones that pass by themselves. */
const PASSING = ['Stopping', 'ProviderStarting', 'ConsumerStarting', 'Deleting'];

/** Conditions that tell of something only while they are there. */
const REMARKS = ['NodeUnavailable', 'DiskPressure', 'RestartRequired', 'ImageChanged'];

export function keyOf(object) {
  return `${object.metadata.namespace}/${object.metadata.name}`;
}

export function condition(object, type) {
  return object?.status?.conditions?.find((found) => found.type === type) ?? null;
}

export function phase(resource) {
  return resource.status?.phase ?? 'Pending';
}

/** Reason of the Ready condition, or nothing before the operator has said one. */
export function reason(resource) {
  return resource.metadata.deletionTimestamp ? 'Deleting' : (condition(resource, 'Ready')?.reason ?? '');
}

export function message(resource) {
  return resource.status?.message ?? 'The operator has not looked at it yet.';
}

export function isTrouble(resource) {
  return phase(resource) === 'Failed' || !['', ...LASTING, ...PASSING].includes(reason(resource));
}

/** Whether something is on its way: the operator has not seen the newest spec, or what it does about it is not done. */
export function isBusy(resource) {
  return resource.status?.observedGeneration !== resource.metadata.generation || PASSING.includes(reason(resource));
}

/** Whether it has ended by itself and waits for its user. */
export function hasEnded(resource) {
  return condition(resource, 'Ended')?.status === 'True';
}

export function remarks(resource) {
  return REMARKS.map((type) => condition(resource, type)).filter((found) => found?.status === 'True');
}

/** When the container was last started, in milliseconds, or null. */
export function lastStart(resource) {
  const known = resource.status?.lastStart;
  return known ? Date.parse(known) : null;
}

/** What the changes to the image took on the disk at the last stop. Null where the node has not told it. */
export function changes(instance) {
  const { upperBytes, upperInodes } = instance?.status?.agent ?? {};
  return upperBytes === undefined ? null : { bytes: Number(upperBytes), inodes: Number(upperInodes ?? 0) };
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

/** A span as kubectl would round it. */
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

/** Whether all words of a filter stand somewhere in what the table shows. */
export function matches(resource, filter) {
  const { namespace, name } = resource.metadata;
  const words = [namespace, name, phase(resource), reason(resource), message(resource), resource.status?.nodeName];
  const text = words.join(' ').toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
