// Builds elements from names and texts only: the browser never parses a text of the cluster as markup.

/** An element with attributes and children; texts become text nodes. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    setAttribute(made, key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Sets or (null) removes an attribute only if it differs: a screen reader announces each change. */
export function setAttribute(node, key, value) {
  if (value === null) {
    node.removeAttribute(key);
  } else if (node.getAttribute(key) !== String(value)) {
    node.setAttribute(key, value);
  }
}

/** Sets a text only if it differs. */
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

/** A button that does something; while the user may not, it shows the reason and does nothing. */
export function button(name, act) {
  const made = element('button', { type: 'button', class: name });
  made.addEventListener('click', () => {
    if (made.getAttribute('aria-disabled') !== 'true') {
      act();
    }
  });
  return made;
}

/**
 * Without the attribute "disabled": a disabled button has no focus and can't show the reason.
 *
 * @param why the reason why the user can't press it now, or an empty text
 */
export function updateButton(node, word, label, why) {
  setText(node, word);
  setAttribute(node, 'aria-label', why === '' ? label : `${label}: ${why}`);
  setAttribute(node, 'aria-disabled', why === '' ? null : 'true');
  setAttribute(node, 'title', why === '' ? null : why);
}

/**
 * Makes one child per item, in the order of the items. It reuses the child of an item that stays, so that the child
 * keeps the focus.
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
