// What the fake says. The first word that a question contains picks the answer; `mark` tells the fake what to
// do to it.

const cite = (number, title, path, snippet, heading_path = []) => ({ number, url: `https://harbourlane.example${path}`, title, heading_path, snippet });

const HOURS = cite(1, "Opening hours and emergencies", "/visit/opening-hours#week", "The practice is open Monday to Friday from 8:00 to 19:00 and on Saturday from 9:00 to 13:00. On Sundays and holidays our emergency line is staffed around the clock.", ["Visit us", "Opening hours"]);
const PRICES = cite(2, "Prices", "/prices", "Vaccination, dog, yearly: 68 €. Vaccination, cat, yearly: 61 €. The examination is part of the price.", ["Prices", "Prevention"]);

const DEFAULT = `We are open **Monday to Friday from 8:00 to 19:00** and on *Saturday from 9:00 to 13:00*.[1] On Sundays the emergency line is staffed around the clock.[1]

A yearly vaccination costs:

- **Dogs:** 68 €, examination included [2]
- **Cats:** 61 €, examination included [2]

You can book online or call +44 20 7946 0000.`;

const MARKDOWN = `# What we offer

A line
broken in two, with \`inline code\`, **bold *and italic*** and a [safe link](https://example.com/a_(b)).

1. First
2. Second
   - nested one
   - nested **two**

| Service | Price |
|---|---:|
| Check-up | 45 € |
| Dental cleaning | 180 € |

> Bring your pet's passport.

\`\`\`
const a = "<b>not bold</b>";
\`\`\`

<img src=x onerror=alert(1)> and [bad](javascript:alert(1)) and a source [1], not a source [7].`;

export const SAMPLES = {
  guide: { text: "Bring the vaccination pass to the first visit.[1] Fasting rules are in the leaflet.[2] The team wrote this one.[3]", citations: [
    { number: 1, url: "file:///src_01j0000000000000000000000a/Patient%20guide.pdf#page=3", title: "Patient guide.pdf", heading_path: ["First visit"], snippet: "Please bring the vaccination pass and earlier findings." },
    { number: 2, url: "text:doc_01j0000000000000000000000a", title: "Leaflet on fasting", snippet: "No food for eight hours before an operation." },
    { number: 3, url: "faq:12", title: "Frequent questions", snippet: "How long does a visit take? About twenty minutes." },
  ] },
  fail: { text: DEFAULT, citations: [HOURS, PRICES], mark: "fail" },
  cut: { text: DEFAULT, citations: [HOURS, PRICES], mark: "cut" },
  slow: { text: DEFAULT.repeat(3), citations: [HOURS, PRICES], mark: "slow" },
  think: { text: DEFAULT, citations: [HOURS, PRICES], mark: "think" },
  long: { text: `${DEFAULT}\n\n`.repeat(4), citations: [HOURS, PRICES] },
  markdown: { text: MARKDOWN, citations: [HOURS] },
  مواعيد: { text: "نحن نعمل **من الاثنين إلى الجمعة** من الساعة 8:00 حتى 19:00، ويوم السبت من 9:00 إلى 13:00.[1]\n\n- التطعيم السنوي للكلاب: 68 €\n- التطعيم السنوي للقطط: 61 €", citations: [{ ...HOURS, title: "ساعات العمل" }] },
  שעות: { text: "אנחנו פתוחים **בימים ראשון עד חמישי** בין 8:00 ל־19:00.[1]", citations: [{ ...HOURS, title: "שעות הפתיחה" }] },
};

export const answerTo = (question) => {
  const key = Object.keys(SAMPLES).find((word) => question.includes(word));
  const { text, citations, mark } = key ? SAMPLES[key] : { text: DEFAULT, citations: [HOURS, PRICES] };
  // Tokens of a few characters, cutting through marks as models do.
  return { pieces: text.match(/[^]{1,7}/g), citations, mark };
};
