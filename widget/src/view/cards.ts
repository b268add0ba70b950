// What asks the visitor for more than a question: a call to action, and the cards by which a lead is captured.

import type { Failure, Host } from "../contract";
import { newId, type Conversation, type Lead } from "../conversation";
import { Label, t } from "../labels";
import { link, place, webUrl } from "../markdown";
import { stale } from "../transport";
import type { Cta } from "../wire";
import { button, h } from "./dom";

export type Follow = (cta: Cta) => void;

/** An offer: a link that says where it leads, or a button that opens the form. */
export const ctaCard = (cta: Cta, follow: Follow): HTMLElement => {
  const { label, target } = cta;
  const words = h("b", { dir: "auto" }, label);
  const card = webUrl(target!) ? link(".cta", target!, words, h("span", { dir: "ltr" }, place(target!))) : h("button.cta", {}, words);
  card.onclick = () => follow(cta);
  return card;
};


const form = (host: Host, done: (lead?: Lead) => void): HTMLElement => {
  const { fields, consent } = host.session.config.lead_form!;
  const id = newId();
  const controls: HTMLInputElement[] = [];
  const problems: HTMLElement[] = [];
  const row = (key: string, words: string, control: HTMLElement, required: boolean | undefined) => {
    const problem = h("div.problem", { id: "problem-" + key, dir: "auto" });
    Object.assign(control, { id: key, name: key, required, dir: "auto" }).setAttribute("aria-describedby", problem.id);
    controls.push(control as HTMLInputElement);
    problems.push(problem);
    return h("div.row", {}, h("label", { htmlFor: key, dir: "auto" }, words + (required ? " *" : "")), control, problem);
  };
  const rows = fields.map(({ key, kind, label, required, options = [] }) => {
    const type = kind === "phone" ? "tel" : kind;
    const control =
      kind === "choice"
        ? h("select", {}, ...["", ...options].map((option) => h("option", {}, option)))
        : kind === "long_text"
          ? h("textarea")
          : h("input", { type, autocomplete: kind === "text" ? (/name/.test(key) ? "name" : "on") : type });
    (control as HTMLInputElement).value = host.traits[key] ?? "";
    return row(key, label, control, required);
  });
  if (consent) rows.push(row("consent-text", consent, h("input", { type: "checkbox" }), true));
  const trouble = h("div.problem", { role: "alert", dir: "auto" });

  /** Says at each field what is wrong with it, and goes to the first; false where nothing is. */
  const tell = (said: (control: HTMLInputElement) => string | undefined) => {
    controls.forEach((control, index) => {
      control.ariaInvalid = `${!!(problems[index]!.textContent = said(control) ?? "")}`;
    });
    const wrong = controls.find(said);
    wrong?.focus();
    return wrong;
  };
  const onsubmit = async (event: Event) => {
    event.preventDefault();
    trouble.textContent = "";
    if (tell((control) => control.validationMessage)) return;
    const values = Object.fromEntries(controls.slice(0, fields.length).filter(({ value }) => value.trim()).map(({ name, value }) => [name, value.trim()]));
    try {
      if (stale(host)) await host.renew();
      await host.post(host.api + "/v1/widget/leads", { id, fields: values, consent: !!consent, page_url: location.href }, host.signal, host.session.token);
      done({ type: "lead_captured" });
    } catch (error) {
      const { code, message, fields } = error as Failure;
      if (!tell(({ name }) => fields?.[name])) trouble.textContent = code ? message : t(Label.Failed);
    }
  };
  const send = h("button.pill", {}, t(Label.Send));
  return h("form.card", { noValidate: true, onsubmit }, ...rows, trouble, h("div.offers", {}, send, button("pill", t(Label.No), () => done())));
};

/** The card for the newest word about the visitor as a lead; `done` has what follows it. */
export const leadCard = (host: Host, lead: Lead, conversation: Conversation, done: (lead?: Lead) => void): HTMLElement | undefined | null => {
  const known = host.session.config.lead_form;
  if (lead.type === "lead_captured") return h("p.notice", {}, t(Label.Thanks));
  if (!("fields" in lead)) return known && form(host, done);
  const { id, fields } = lead;
  const answer = (accept: boolean) => () => {
    if (conversation.send({ type: "lead_confirm", id, accept })) done(accept ? { type: "lead_captured" } : undefined);
  };
  return h(
    "div.card",
    {},
    h("b", {}, t(Label.Keep)),
    ...Object.entries(fields).map(([key, value]) => h("div", { dir: "auto" }, `${key}: ${value}`)),
    h("div.offers", {}, button("pill", t(Label.Yes), answer(true)), button("pill", t(Label.No), answer(false))),
  );
};
