//! Words that hold sentences together: they tell languages apart and carry nothing to search for. Folded as
//! [`crate::text::fold`] does.

use std::{collections::HashSet, sync::LazyLock};

use super::Language;

type Words = LazyLock<HashSet<&'static str>>;

macro_rules! list {
    ($name:ident = $words:literal) => {
        static $name: Words = LazyLock::new(|| $words.split_ascii_whitespace().collect());
    };
}

list! { EN = "a about above after again all also am an and any are aren as at be because been before being below
between both but by can cannot could couldn d did didn do does doesn doing don down during each either else ever every
few for from further get gets got had has hasn have haven having he her here hers herself him himself his how i if in
into is isn it its itself just let ll m many may me might mine more most much must my myself neither no nor not now of
off on once only onto or other our ours ourselves out over own per please re s same shall she should so some such t
tell than that the their theirs them themselves then there these they this those through to too under until up upon us
ve very was wasn we were weren what when where whether which while who whom whose why will with within without would
yes yet you your yours yourself" }

list! { ES = "a al algo algun alguna algunas alguno algunos ante antes aqui asi aun aunque bien cada como con contra cual
cuales cualquier cuando cuanta cuantas cuanto cuantos de del desde donde dos durante e el ella ellas ellos en entre era
eran es esa esas ese eso esos esta estaba estan estar estas este esto estos estoy fue fueron ha habia hace hacen hacer
haber han hasta hay he incluso la las le les lo los mas me mi mis mientras mucho muy nada ni no nos nosotros nuestra
nuestro o os otra otras otro otros para pero poco por porque pueden puede puedo que quien quienes se sea segun ser si
sido sin sobre solo son soy su sus tal tambien tan tanto te tener tengo ti tiene tienen tienes todas todo todos tu tus
un una unas uno unos usted ustedes vosotros vuestra vuestro y ya yo" }

list! { FR = "a afin ai ainsi alors apres as assez au aucun aucune aussi autre autres aux avant avec avez avoir avons c
car ce ceci cela celle celles celui ces cet cette ceux chaque chez combien comme comment d dans de depuis des donc dont du
elle elles en encore entre es est et etaient etait etant ete etes etre eu eux fait faire faut font il ils j je jusque
l la laquelle le lequel les lesquelles lesquels leur leurs lors lorsque lui m ma mais me meme memes mes moi moins mon n
ne ni nos notre nous on ont ou par parce pas pendant peu peut peuvent peux plus pour pourquoi pouvez puis qu quand que
quel quelle quelles quelque quelques quels qui quoi s sa sans se selon sera ses si soit son sont sous suis sur t ta te
tes toi ton tous tout toute toutes tres tu un une vers veux voici vos votre voulez vous y" }

list! { DE = "ab aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis bist
da dabei dafur damit dann daran darauf darf das dass davon dazu dein deine dem den denn der deren des dessen dich die
dies diese diesem diesen dieser dieses dir doch dort du durch durfen ein eine einem einen einer eines er es etwa etwas
euch euer eure euren fur gab gegen geht gibt habe haben habt hat hatte hatten hier hin ich ihm ihn ihnen ihr ihre
ihrem ihren ihrer im in indem ins ist ja jede jedem jeden jeder jedes jene jetzt kann kannst kein keine keinem keinen
keiner konnen konnt konnte mal man manche mein meine meinem meinen meiner mich mir mit muss mussen nach nicht nichts
noch nun nur ob oder ohne schon sehr sein seine seinem seinen seiner seit sich sie sind so sobald soll sollen sollte
sondern sonst sowie um und uns unser unsere unseren unter viel viele vielen vom von vor wahrend wann war waren warum was
weil welche welchem welchen welcher welches wem wen wenn wer werde werden wessen wie wieviel will wir wird wo woher
wohin wollen worden wurde wurden zu zum zur zwischen" }

list! { PT = "a ao aos aquela aquelas aquele aqueles aquilo as ate cada com como contra da das de dela dele deles depois
desde dessa desse desta deste disso do dos e ela elas ele eles em entre era eram essa essas esse esses esta estao estar
estas estava estavam este estes estou eu faz fazem fazer foi foram ha isso isto ja la lhe lhes mais mas me mesmo meu
meus minha minhas muito muita muitos na nao nas nem nessa nesse nesta neste no nos nossa nosso num numa o onde os ou
outra outras outro outros para pela pelas pelo pelos per pode podem por porque posso qual quais qualquer quando quanta
quantas quanto quantos que quem se seja sem sempre sendo ser sera seu seus sim sob sobre somente sou sua suas tal tambem
tanto te tem temos tenho ter teu toda todas todo todos tu tua um uma umas uns voce voces vos" }

list! { AR = "في من على الي عن مع هذا هذه ذلك تلك التي الذي الذين هو هي هم هن نحن انا انت كان كانت يكون تكون ان او ام ثم
لا ما لم لن قد لقد كل بعض غير بين بعد قبل عند حتي اذا كما لكن ليس هل متي اين كيف كم لماذا ماذا اي ايه و ف ب ل ك يتم تم
وهو وهي الا منذ خلال حول فقط ايضا عندما حيث لدي لديكم هناك يمكن يمكنني لي لك لكم لنا له لها به بها فيه فيها منه منها
عليه عليها كانوا وقد وكان وكانت بان وان انه انها ومن وفي وما" }

list! { HE = "של את על עמ אל מנ לא כי אמ או גמ זה זאת זו היא הוא המ הנ אני אתה אנחנו אתמ יש אינ היה היתה היו יהיה להיות כל
כמו אבל רק עוד כבר מה מי מתי איפה היכנ איכ כמה למה מדוע האמ איזה אילו אשר ש ה ו ב ל כ מ לכמ שלכמ שלנו שלי לי לו לה להמ
אצל אצלכמ בינ עד אחרי לפני תחת ידי כדי אז כאשר אותו אותה אפשר ניתנ צריכ" }

// Everyday words that say little about what is looked for. A site of a few hundred passages is too small to show
// how common they are.

list! { LIGHT_EN = "able across actually ahead along also among behind beside beyond currently during especially else even exact far inside maybe near nearby next often outside particular perhaps quite rather really since soon though toward towards under usual whether without able ahead allow allowed along anything around ask asked available away back best big bit bring called came
come comes count day days different done else end everything exactly expect find first give given go goes going good
happen happened happens held hold instead keep kind know known last let like likely list long look looking lot made main
make makes mean means money most name named need needed needs new next odd offer offered offers often old one part
people person place possible previous provide provided put really refer said say see seen show since so someone something sort
sorted speak start still stop sure take taken takes talk tell term thing things think time times today together took top
tried try turn two type usually use used uses using wait want wants way well went word work worked works year years" }

list! { LIGHT_ES = "ano anos anos buscar caso conocer cosa creer dar decir deber dia dias dejar encontrar forma gran grande gustar gustaria haber
hablar hacer hora ir llamar llevar lugar manera mejor momento mayor necesitar necesito nombre nuevo parte pasar poder poner
primera primero querer quiere quiero quisiera saber salir seguir tener tiempo tipo tomar ultimo usar utilizar venir ver vez vida llama" }

list! { LIGHT_FR = "aller an annee annees appele bon chercher chose comment connaitre dernier devoir dire donner etes grand heure jour
jours lieu maniere meilleur mettre nom nouveau partie petit pouvoir premier prendre recevoir savoir sorte temps trouver type
utiliser venir voir voudrais" }

list! { LIGHT_DE = "anderer art bekommen besten bitte brauche brauchen bringen denken eigentlich finden frage ganz geben gehen genannt genau
gerne gross grosse gut halten heissen heisst jahr jahre jahren kommen kommt lange lassen leute liegen machen macht mochte
mussen name nehmen neu neue ort personen sagen sehen stellen stehen tag tage teil uhr verwenden verwendet viele weiss welch
wissen wollen zeit" }

list! { LIGHT_PT = "achar ano anos caso chamar coisa conhecer dar dever dia dias dizer encontrar falar ficar forma gostaria grande hora ir
lugar maior maneira melhor momento nome novo parte passar precisar preciso primeiro querer quero saber tempo tipo tomar
ultimo usar ver vez vir" }

list! { LIGHT_AR = "اسم نوع عام سنه سنوات يوم ايام وقت اول اكثر اكبر اريد احتاج يوجد توجد حدث جدا شيء طريقه استخدام تسمي يسمي عدد" }

list! { LIGHT_HE = "שמ סוג שנה שנימ יומ ימימ זמנ ראשונ יותר הכי רוצה צריכה לעשות לקבל דבר מקומ נקרא קורה להגיע לדבר" }

list! { NONE = "" }

/// Words that are common in every text of the language.
pub(super) fn light(language: Language) -> &'static HashSet<&'static str> {
    match language {
        Language::En => &LIGHT_EN,
        Language::Es => &LIGHT_ES,
        Language::Fr => &LIGHT_FR,
        Language::De => &LIGHT_DE,
        Language::Pt => &LIGHT_PT,
        Language::Ar => &LIGHT_AR,
        Language::He => &LIGHT_HE,
        Language::Ja | Language::Zh => &NONE,
    }
}

pub(super) fn of(language: Language) -> &'static HashSet<&'static str> {
    match language {
        Language::En => &EN,
        Language::Es => &ES,
        Language::Fr => &FR,
        Language::De => &DE,
        Language::Pt => &PT,
        Language::Ar => &AR,
        Language::He => &HE,
        // Function words of Chinese and Japanese are characters, weighed in `words`.
        Language::Ja | Language::Zh => &NONE,
    }
}
