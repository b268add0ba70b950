// The colours of the theme: the visitor's messages, and the accent as the colour of text and outlines, which needs
// contrast with the window's surface.

import { luminance, parse, textOn, type Rgb } from "../color";
import type { Theme } from "../wire";

/** Luminance of the surfaces in style.css, #fff and #17181b. */
const LIGHT = 1;
const DARK = 0.009;

const ratio = (a: number, b: number): number => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

/** The colour, moved towards black or white until it can be read on a surface. */
const readable = (rgb: Rgb, surface: number, towards: number): string => {
  for (let step = 0; ratio(luminance(rgb), surface) < 4.7 && step < 30; step++) {
    rgb = rgb.map((v) => v + (towards - v) / 10);
  }
  return `rgb(${rgb.map(Math.round)})`;
};

export const applyColours = ({ style }: HTMLElement, { accent, message }: Theme): void => {
  const own = parse(message ?? accent);
  style.setProperty("--message", `rgb(${own})`);
  style.setProperty("--on-message", textOn(own));
  style.setProperty("--accent-light", readable(parse(accent), LIGHT, 0));
  style.setProperty("--accent-dark", readable(parse(accent), DARK, 255));
};
