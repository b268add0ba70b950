// What the build supplies; see build.mjs.

/** File name of the UI module, with the hash of all languages' content, up to the language. */
declare const UI_FILE: string;

/** Label of the closed bubble, where it is not the English one. */
declare const OPEN_LABELS: Record<string, string>;

/** The languages of labels.json, separated by blanks. */
declare const LANGUAGES: string;

/** Address of the module of rules, relative to the loader's. */
declare const RULES_FILE: string;

/** Address of the module of challenges, relative to the UI module's. */
declare const TURNSTILE_FILE: string;

/** The other labels in this module's language, in the order of `Label`, joined by `|`. */
declare const WORDS: string;

declare module "*.css" {
  const minified: string;
  export default minified;
}
