// The API server that served the page through its proxy. The browser's requests have the user's identity, and RBAC
// decides.

export const GROUP = 'stoppablecontainer.xtlsoft.top';

/** Field manager of this page (metadata.managedFields). */
const FIELD_MANAGER = 'stoppablecontainer-page';

/** Objects per page of a list. */
const PAGE_SIZE = 500;

const PROXIED = /^(.*)\/api\/v1\/namespaces\/[^/]+\/services\/[^/]+\/proxy\//;

/** Whether a time, idleness or a connection starts or stops it, so that spec.running alone is no wish of its user. */
export function changesByItself(spec) {
  return spec.schedule !== undefined || spec.idle !== undefined || spec.wake !== undefined;
}

/** Prefix of the API's paths, or null if the page did not come through an API server. */
export function apiRoot(location) {
  const found = PROXIED.exec(location.pathname);
  return found === null ? null : found[1];
}

/** An error answer of the API server, with its message. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Path of this project's objects, in all namespaces or in one. */
export function ours(resource, namespace) {
  return `/apis/${GROUP}/v1alpha1${within(namespace)}/${resource}`;
}

export function pods(namespace) {
  return `/api/v1${within(namespace)}/pods`;
}

export function events(namespace) {
  return `/apis/events.k8s.io/v1${within(namespace)}/events`;
}

/** The start of a name, which something can be appended to. */
function start(name, characters) {
  return name.slice(0, characters).replace(/[-.]+$/, '');
}

function within(namespace) {
  return namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
}

export class Api {
  constructor(root) {
    this.root = root;
  }

  /** Path and query of a request. */
  url(path, query = {}) {
    const words = new URLSearchParams(query).toString();
    return this.root + path + (words === '' ? '' : `?${words}`);
  }

  /** The successful answer to a request; throws on an error answer. */
  async send(method, url, body = null, type = 'application/json', signal = null) {
    const headers = { Accept: 'application/json' };
    if (body !== null) {
      headers['Content-Type'] = type;
    }
    const answer = await fetch(url, {
      method,
      headers,
      body: body === null ? undefined : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'error',
      signal,
    });
    if (!answer.ok) {
      throw new ApiError(answer.status, await reason(answer));
    }
    return answer;
  }

  /** All objects of a collection, and the resourceVersion to watch from. */
  async list(path, query, signal) {
    const items = [];
    let next = {};
    for (;;) {
      const url = this.url(path, { ...query, limit: PAGE_SIZE, ...next });
      const page = await (await this.send('GET', url, null, undefined, signal)).json();
      items.push(...page.items);
      if (!page.metadata.continue) {
        return { items, version: page.metadata.resourceVersion };
      }
      next = { continue: page.metadata.continue };
    }
  }

  /** Starts or stops. The uid prevents a change of a new object with the same name. */
  async run(resource, running) {
    const { namespace, name, uid } = resource.metadata;
    const path = `${ours('stoppablecontainers', namespace)}/${encodeURIComponent(name)}`;
    // spec.running may have that value already: the time of the wish overrules schedule and idle stop.
    const annotations = changesByItself(resource.spec) ? { [`${GROUP}/running-set-at`]: new Date().toISOString() } : undefined;
    const patch = { metadata: { uid, annotations }, spec: { running } };
    const type = 'application/merge-patch+json';
    return (await this.send('PATCH', this.url(path, { fieldManager: FIELD_MANAGER }), patch, type)).json();
  }

  /** Takes a snapshot, which is named after its source and the time. */
  async take(resource, stopIfNeeded) {
    const { namespace, name } = resource.metadata;
    const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
    return this.create('StoppableContainerSnapshot', namespace, { name: `${start(name, 47)}-${time}` },
      { source: { name }, ...(stopIfNeeded ? { stopIfNeeded } : {}) });
  }

  /** Gives a stopped StoppableContainer the files of a snapshot. */
  async restore(resource, snapshotName) {
    const { namespace, name } = resource.metadata;
    return this.create('StoppableContainerRestore', namespace, { generateName: `${start(name, 50)}-` },
      { target: { name }, snapshotName });
  }

  async create(kind, namespace, metadata, spec) {
    const url = this.url(ours(`${kind.toLowerCase()}s`, namespace), { fieldManager: FIELD_MANAGER });
    const object = { apiVersion: `${GROUP}/v1alpha1`, kind, metadata, spec };
    return (await this.send('POST', url, object)).json();
  }

  /** Whether the user may do something to StoppableContainers: {allowed, reason}. */
  async review(attributes) {
    const kind = 'SelfSubjectAccessReview';
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind,
      spec: { resourceAttributes: { group: GROUP, resource: 'stoppablecontainers', ...attributes } },
    };
    const url = this.url('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews');
    return (await (await this.send('POST', url, review)).json()).status;
  }
}

/** The message of a failure: that of a Status object, else the whole text. */
async function reason(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text || answer.statusText || `status ${answer.status}`;
  }
}
