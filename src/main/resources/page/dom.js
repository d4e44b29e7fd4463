// Elements are made of names and text alone: no text from the cluster is ever read as markup.

/** An element with attributes and with children, of which texts become text nodes. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    setAttribute(made, key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Sets, or with null takes away, what differs alone: a screen reader tells of each change. */
export function setAttribute(node, key, value) {
  if (value === null) {
    node.removeAttribute(key);
  } else if (node.getAttribute(key) !== String(value)) {
    node.setAttribute(key, value);
  }
}

/** The same for a text. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/** Shows an element while there is a text for it. */
export function tell(node, text) {
  setText(node, text);
  node.hidden = text === '';
}

/**
 * Makes the children of a parent those that belong to the items, in their order. A child that stays is the same one,
 * so that it keeps the focus.
 *
 * @param keyOf an item's key, a text
 * @param make makes a child, for an item that has none
 * @param update writes an item into its child
 */
export function renderEach(parent, items, keyOf, make, update) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = old.get(key);
    old.delete(key);
    if (child === undefined) {
      child = make(item);
      child.dataset.key = key;
    }
    if (child === next) {
      next = next.nextElementSibling;
    } else {
      parent.insertBefore(child, next);
    }
    update(child, item);
  }
  old.forEach((child) => child.remove());
}
