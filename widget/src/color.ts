// Contrast by WCAG 2.2 (relative luminance, 1.4.3), so that any accent a customer picks stays legible.

export type Rgb = number[];

export const parse = (hex: string | undefined): Rgb =>
  [1, 3, 5].map((at) => parseInt((/^#[\da-f]{6}$/i.test(hex ?? "") ? hex! : "#1f5eff").slice(at, at + 2), 16));

export const luminance = (rgb: Rgb): number =>
  rgb.reduce((sum, v, i) => sum + [0.2126, 0.7152, 0.0722][i]! * ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4), 0);

/** White where it can be read on the colour, else black: one of the two always reaches 4.5. */
export const textOn = (rgb: Rgb): string => (1.05 / (luminance(rgb) + 0.05) < 4.5 ? "#000" : "#fff");
