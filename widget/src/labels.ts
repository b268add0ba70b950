// The widget's own words. labels.json has them in nine languages; the build makes one UI module per language,
// so that a visitor loads one of them. What the agent says (name, welcome, prompts) comes from its configuration.

/** Keys of labels.json, in the order in which the build joins them. */
export const enum Label {
  Close,
  Write,
  Send,
  Stop,
  Retry,
  Connecting,
  Source,
  NewMessages,
  Failed,
  Broken,
  NotAccepted,
  Ended,
  You,
  NewTab,
  Page,
  Person,
  Writing,
  Rate,
  Reason,
  Thanks,
  Queue,
  Keep,
  Yes,
  No,
}

const words = WORDS.split("|");

export const t = (label: Label, n = ""): string => words[label]!.replace("{n}", n);
