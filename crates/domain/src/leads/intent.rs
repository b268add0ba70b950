//! Whether words or pages speak of buying: en, es, fr, de, pt, ja, ar, zh, he.

use crate::handover::phrases::{holds, line};
use crate::text::fold;

/// As [`line`] writes them.
const WORDS: &str = "\
how much|pricing|price list|quote|quotation|estimate|free trial|book a demo|a demo|sign up|get started|buy|purchase|subscribe|upgrade to|call me|call me back|contact me|get in touch|email me|appointment|consultation|interested in|sales team|discount
cuanto cuesta|cuanto vale|precio|precios|presupuesto|cotizacion|comprar|contratar|una demo|prueba gratis|prueba gratuita|llamame|llamenme|contactenme|contactame|una cita|me interesa|estoy interesado|estoy interesada|descuento
combien coute|combien ca coute|quel est le prix|tarif|tarifs|devis|acheter|une demo|essai gratuit|m abonner|souscrire|rappelez moi|contactez moi|rendez vous|je suis interesse|je suis interessee|remise
was kostet|wie viel kostet|preis|preise|angebot|kostenvoranschlag|kaufen|bestellen|eine demo|probe testen|kostenlos testen|buchen|rufen sie mich|ruft mich|melden sie sich|kontaktieren sie mich|termin|beratung|interessiere mich|rabatt
quanto custa|qual o preco|preco|precos|orcamento|comprar|contratar|uma demo|teste gratis|me ligue|me liguem|entre em contato|agendar|tenho interesse|estou interessado|estou interessada|desconto
いくら|料金|価格|値段|見積|購入|買いたい|申し込み|申込|デモ|無料体験|予約|連絡ください|電話ください|相談したい
كم سعر|كم يكلف|بكم|الاسعار|السعر|عرض سعر|شراء|اشتري|اشتراك|تجربه مجانيه|حجز|موعد|اتصلوا بي|تواصلوا معي|مهتم|خصم
多少钱|价格|价钱|报价|购买|想买|订购|试用|演示|预约|联系我|打电话给我|感兴趣|优惠|折扣
כמה עולה|כמה זה עולה|מחיר|מחירימ|הצעת מחיר|לקנות|לרכוש|להזמינ|הדגמה|ניסיונ חינמ|לקבוע פגישה|תתקשרו אלי|צרו איתי קשר|מתעניינ|מתעניינת|הנחה";

/// Parts of addresses of pages that buyers read.
const PAGES: &[&str] = &[
    "pricing",
    "prices",
    "price",
    "plans",
    "quote",
    "demo",
    "contact",
    "checkout",
    "cart",
    "buy",
    "order",
    "book",
    "booking",
    "trial",
    "preise",
    "preis",
    "angebot",
    "kontakt",
    "tarifs",
    "devis",
    "precios",
    "contacto",
    "precos",
    "contato",
    "orcamento",
];

/// The words of a text that speak of buying; the first that are found.
#[must_use]
pub fn intent(text: &str) -> Option<&'static str> {
    let said = line(text);
    WORDS.lines().flat_map(|words| words.split('|')).find(|phrase| holds(&said, phrase))
}

/// Whether a page is one that buyers read, by its path.
#[must_use]
pub fn is_buying_page(url: &str) -> bool {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    fold(path).split(|c: char| !c.is_alphanumeric()).any(|part| PAGES.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_written_as_lines_are() {
        for phrase in WORDS.lines().flat_map(|words| words.split('|')) {
            assert_eq!(line(phrase).trim(), phrase);
        }
    }
}
