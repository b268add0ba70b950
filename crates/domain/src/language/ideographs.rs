//! Chinese or Japanese.

use super::{Language, MAX_SAMPLE_CHARS};

/// Characters that only Japanese writes: simplified in another way than in China, or made in Japan.
const JAPANESE: &str = "円広売変駅働込峠辻価検労様読単総県実対発帰気営経験歳図転伝従応択沢収戻効処剣剤勧匂厳団囲圏圧塁塩増\
壊壱壌奨嬢寛専巣帯庁弐弾徳徴恵悩悪戦戯払抜拝拠拡挙捜掲揺摂斉斎暁曽枠栃栄桜桟楽権歓歩歯歴毎浜渋済渉渓満滝焼犠狭獣畑畳県砕\
穏竜粋粛継絵緑縁縄縦繊聡脳臓舎舗荘菓蔵薫薬虜蛍衛覇覚覧観触訳証譲賛践軽辺遅郷酔醸釈鉄鉱銭鋳録関闘陥険隠隣雑霊頼顔顕騒髄髪鶏麺黒\
黙齢々";

/// Characters that only Chinese writes, simplified or traditional.
const CHINESE: &str = "你您们吗呢吧么这哪没怎啥很请问谢几开门时间业价钱电话码车场订买卖发货换邮费让给对听说读语样还个为从进\
过运边远园单图书馆务员师际药级银钟贵嗎們這麼沒氣營價錢號點對會學國來還發裡";

/// Words that Japanese writes without kana and Chinese does not use.
const JAPANESE_WORDS: &[&str] = &[
    "料金",
    "予約",
    "返品",
    "返金",
    "送料",
    "割引",
    "無料",
    "有料",
    "番号",
    "駐車場",
    "定休日",
    "日本語",
    "見積",
    "宿泊",
    "空室",
    "子供",
    "会社",
    "求人",
    "年会費",
    "手数料",
    "支店",
    "最寄",
    "問合",
    "受付",
    "取消",
    "配達",
    "使用料",
];

/// Which of the two a text of ideographs is in. Kana are Japanese; a Chinese text quotes a few at most. A text
/// without signs of either is what the prior says, and Chinese otherwise.
pub(super) fn guess(text: &str, kana: u32, han: u32, prior: Option<Language>) -> Language {
    if kana * 12 > kana + han {
        return Language::Ja;
    }
    let signs = |only: &str| text.chars().take(MAX_SAMPLE_CHARS).filter(|c| only.contains(*c)).count();
    let japanese = signs(JAPANESE) + 2 * JAPANESE_WORDS.iter().filter(|word| text.contains(**word)).count();
    let chinese = signs(CHINESE);
    let expected = japanese == chinese && prior == Some(Language::Ja);
    if japanese > chinese || expected { Language::Ja } else { Language::Zh }
}
