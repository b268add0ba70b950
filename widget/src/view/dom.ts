// Elements without markup: nothing in the widget ever parses HTML, so nothing it is told can become HTML.

type Child = Node | string | false | undefined;

/** An element with attributes and children. `style` would be blocked by a strict CSP; use classes. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] => {
  const element = document.createElement(tag);
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
};

export const button = (className: string, label: string, action: () => void, ...children: Child[]): HTMLButtonElement => {
  const element = h("button", { type: "button", class: className }, ...(children.length ? children : [label]));
  if (children.length) element.setAttribute("aria-label", label);
  element.addEventListener("click", action);
  return element;
};

/** An icon drawn with one stroke on a 24-unit grid. */
export const icon = (d: string): SVGElement => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
};

const same = (a: Node, b: Node) => a.nodeName === b.nodeName && a.cloneNode().isEqualNode(b.cloneNode());

/** Makes the children of `live` equal to those of `next`, touching only what differs: no flicker while text
 *  streams in, and what the visitor has selected stays selected. */
export const morph = (live: Node, next: Node): void => {
  let at = live.firstChild;
  for (const wanted of [...next.childNodes]) {
    if (!at) {
      live.appendChild(wanted);
      continue;
    }
    const following: ChildNode | null = at.nextSibling;
    if (at instanceof Text && wanted instanceof Text) {
      if (wanted.data.startsWith(at.data)) at.appendData(wanted.data.slice(at.data.length));
      else at.data = wanted.data;
    } else if (same(at, wanted)) morph(at, wanted);
    else live.replaceChild(wanted, at);
    at = following;
  }
  while (at) {
    const following: ChildNode | null = at.nextSibling;
    live.removeChild(at);
    at = following;
  }
};
