// Where the visitor writes. Text typed while an answer runs stays; nothing is sent while an input method still
// composes.

import { Label, t } from "../labels";
import { button, h, icon } from "./dom";

/** The server's limit, in characters as people count them. */
const LONGEST = 4000;

export interface Composer {
  readonly element: HTMLElement;
  readonly field: HTMLTextAreaElement;
  /** Puts text back that was not taken, before what was typed meanwhile. */
  giveBack(text: string): void;
  /** An answer runs: the button stops it. */
  busy(running: boolean): void;
  end(): void;
}

export const createComposer = (send: (text: string) => void, stop: () => void, typing: () => void): Composer => {
  const write = t(Label.Write);
  const field = h("textarea", { rows: 1, ariaLabel: write, placeholder: write, dir: "auto", enterKeyHint: "send", "aria-describedby": "limit" }) as HTMLTextAreaElement;
  const limit = h("div.limit", { id: "limit", role: "status" });
  let running = false;
  let ended = false;
  /** What may be sent now; empty where nothing may. */
  let ready = "";

  const submit = () => {
    if (ready) {
      const text = ready;
      field.value = "";
      grow();
      send(text);
    }
    field.focus();
  };
  const sendButton = button("act", t(Label.Send), submit, icon("M12 19V5M5.5 11.5 12 5l6.5 6.5"));
  const stopButton = button("act stop", t(Label.Stop), () => {
    stop();
    // The button goes away under the pointer; the keyboard must not fall out of the window with it.
    field.focus();
  }, icon("M7 7h10v10H7Z"));

  const grow = () => {
    const { style } = field;
    style.height = "auto";
    style.height = field.scrollHeight + "px";
    const text = field.value.trim();
    const { length } = [...text];
    const tooLong = length > LONGEST;
    ready = running || ended || tooLong ? "" : text;
    sendButton.disabled = !ready;
    // Without words: read the same in every language.
    limit.textContent = tooLong ? `${length} / ${LONGEST}` : "";
    field.ariaInvalid = `${tooLong}`;
  };
  field.oninput = () => {
    grow();
    typing();
  };
  field.onkeydown = (event) => {
    // 229: Safari ends the composition before it tells of the Enter that ended it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  };
  const box = h("div.box", { onclick: (event: Event) => event.target === box && field.focus() }, field, sendButton, stopButton);
  stopButton.hidden = sendButton.disabled = true;

  return {
    element: h("div.composer", {}, box, limit),
    field,
    giveBack(text) {
      const typed = field.value.trim();
      field.value = typed ? text + "\n" + field.value : text;
      grow();
    },
    busy(now) {
      sendButton.hidden = running = now;
      stopButton.hidden = !now;
      grow();
    },
    end() {
      ended = true;
      grow();
    },
  };
};
