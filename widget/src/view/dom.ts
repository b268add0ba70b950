// Elements without markup: nothing in the widget ever parses HTML, so nothing it is told can become HTML.

type Child = Node | string | false | undefined | null;

/** An element from its tag and classes (`div.head`), with properties or attributes, and children. `style` would be
 *  blocked by a strict CSP; use classes. */
export const h = (tag: string, attributes: Record<string, unknown> = {}, ...children: Child[]): HTMLElement => {
  const [name, className] = tag.split(".");
  const element = document.createElement(name!);
  if (className) element.className = className;
  for (const key in attributes) {
    const value = attributes[key];
    if (key in element) (element as unknown as Record<string, unknown>)[key] = value;
    else if (value !== undefined) element.setAttribute(key, value as string);
  }
  element.append(...(children.filter(Boolean) as Node[]));
  return element;
};

/** A button, named by its label where it shows something else. */
export const button = (className: string, label: string, onclick: () => void, ...children: Child[]): HTMLButtonElement =>
  h("button." + className, { type: "button", onclick, ariaLabel: children[0] && label }, ...(children[0] ? children : [label])) as HTMLButtonElement;

/** An icon drawn with one stroke on a 24-unit grid. */
export const icon = (d: string): SVGElement => {
  const make = (tag: string, name: string, value: string) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag) as SVGElement;
    element.setAttribute(name, value);
    return element;
  };
  const svg = make("svg", "viewBox", "0 0 24 24");
  svg.ariaHidden = "true";
  svg.append(make("path", "d", d));
  return svg;
};

/** Replaces the children where `look` says that they are something else: a button must not go away under a finger. */
export const redraw = (element: HTMLElement, look: string, children: () => Child[]): void => {
  if (element.dataset["look"] === look) return;
  element.dataset["look"] = look;
  element.replaceChildren(...(children().filter(Boolean) as Node[]));
};

/** Makes the children of `live` equal to those of `next`, touching only what differs: no flicker while text
 *  streams in, and what the visitor has selected stays selected. */
export const morph = (live: Node, next: Node): void => {
  const wanted = [...next.childNodes];
  [...live.childNodes].slice(wanted.length).forEach((node) => node.remove());
  wanted.forEach((node, index) => {
    const at = live.childNodes[index];
    if (!at) live.appendChild(node);
    else if (at instanceof Text && node instanceof Text) {
      if (node.data.startsWith(at.data)) at.appendData(node.data.slice(at.length));
      else at.data = node.data;
    } else if (at.cloneNode().isEqualNode(node.cloneNode())) morph(at, node);
    else at.replaceWith(node);
  });
};
