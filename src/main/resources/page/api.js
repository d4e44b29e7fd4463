// The API server, which the page came through: so the browser's requests to it are the user's own, and RBAC answers
// them.

export const GROUP = 'stoppablecontainer.xtlsoft.top';

/** The name under which this page writes (metadata.managedFields). */
const FIELD_MANAGER = 'stoppablecontainer-page';

/** Objects in one answer to a list. */
const PAGE_SIZE = 500;

const PROXIED = /^(.*)\/api\/v1\/namespaces\/[^/]+\/services\/[^/]+\/proxy\//;

/** What stands before the API's own paths, or null where the page did not come through an API server. */
export function apiRoot(location) {
  const found = PROXIED.exec(location.pathname);
  return found === null ? null : found[1];
}

/** An answer of the API server that is no success, in its own words. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Path of our objects, or of those of one namespace. */
export function ours(resource, namespace) {
  return `/apis/${GROUP}/v1alpha1${within(namespace)}/${resource}`;
}

export function pods(namespace) {
  return `/api/v1${within(namespace)}/pods`;
}

export function events(namespace) {
  return `/apis/events.k8s.io/v1${within(namespace)}/events`;
}

function within(namespace) {
  return namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
}

export class Api {
  constructor(root) {
    this.root = root;
  }

  /** Path and query, as they are asked for. */
  url(path, query = {}) {
    const words = new URLSearchParams(query).toString();
    return this.root + path + (words === '' ? '' : `?${words}`);
  }

  /** The answer to a request, which is a success. */
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

  /** All objects of a collection, and the version that a watch goes on from. */
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

  /** Starts or stops. The uid holds it off from a new one of the same name. */
  async run(resource, running) {
    const { namespace, name, uid } = resource.metadata;
    const path = `${ours('stoppablecontainers', namespace)}/${encodeURIComponent(name)}`;
    const patch = { metadata: { uid }, spec: { running } };
    const type = 'application/merge-patch+json';
    return (await this.send('PATCH', this.url(path, { fieldManager: FIELD_MANAGER }), patch, type)).json();
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

/** What a failure says: the message of a Status object, else the text as it is. */
async function reason(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text || answer.statusText || `status ${answer.status}`;
  }
}
