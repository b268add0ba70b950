// The colours of the theme: the visitor's messages, and the accent as the colour of text and outlines, which needs
// contrast with the window's surface.

import type { Host } from "../contract";
import type { Theme } from "../wire";

/** Luminance of the surfaces in style.css, #fff and #17181b. */
const LIGHT = 1;
const DARK = 0.009;

const ratio = (a: number, b: number): number => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

export const applyColours = ({ adopt, colours: { parse, luminance, textOn } }: Host, { accent, message }: Theme): void => {
  /** The colour, moved towards black or white until it can be read on a surface. */
  const readable = (surface: number, towards: number): string => {
    let rgb = parse(accent);
    while (ratio(luminance(rgb), surface) < 4.7) rgb = rgb.map((v) => v + (towards - v) / 10);
    return `rgb(${rgb.map(Math.round)})`;
  };
  const own = parse(message ?? accent);
  adopt(`.frame{--message:rgb(${own});--on-message:${textOn(own)};--accent-light:${readable(LIGHT, 0)};--accent-dark:${readable(DARK, 255)}}`);
};
