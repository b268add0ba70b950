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
  /** An answer runs: the button stops it, or waits where it cannot be stopped. */
  busy(running: boolean, stoppable: boolean): void;
  end(): void;
}

export const createComposer = (lang: string, send: (text: string) => void, stop: () => void): Composer => {
  const field = h("textarea", { rows: "1", "aria-label": t(Label.Write), placeholder: t(Label.Write), dir: "auto", enterkeyhint: "send", "aria-describedby": "limit" });
  const limit = h("div", { class: "limit", id: "limit", role: "status" });
  let running = false;
  let ended = false;

  const submit = () => {
    const text = field.value.trim();
    if (running || ended || !text || [...text].length > LONGEST) return field.focus();
    field.value = "";
    grow();
    send(text);
    field.focus();
  };
  const sendButton = button("act", t(Label.Send), submit, icon("M12 19V5M5.5 11.5 12 5l6.5 6.5"));
  const stopButton = button("act stop", t(Label.Stop), () => {
    stop();
    // The button goes away under the pointer; the keyboard must not fall out of the window with it.
    field.focus();
  }, icon("M7 7h10v10H7Z"));

  const grow = () => {
    field.style.setProperty("height", "auto");
    field.style.setProperty("height", field.scrollHeight + "px");
    const length = [...field.value.trim()].length;
    const tooLong = length > LONGEST;
    sendButton.disabled = running || ended || !length || tooLong;
    const count = (n: number) => n.toLocaleString(lang);
    limit.textContent = tooLong ? `${t(Label.TooLong, count(LONGEST))} (${count(length)})` : "";
    if (tooLong) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    // 229: Safari ends the composition before it tells of the Enter that ended it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  const box = h("div", { class: "box" }, field, sendButton, stopButton);
  box.addEventListener("click", (event) => event.target === box && field.focus());
  stopButton.hidden = true;
  sendButton.disabled = true;

  return {
    element: h("div", { class: "composer" }, box, limit),
    field,
    giveBack(text) {
      const typed = field.value.trim();
      field.value = typed ? text + "\n" + field.value : text;
      grow();
    },
    busy(now, stoppable) {
      running = now;
      stopButton.hidden = !(now && stoppable);
      sendButton.hidden = !stopButton.hidden;
      grow();
    },
    end() {
      ended = true;
      grow();
    },
  };
};
