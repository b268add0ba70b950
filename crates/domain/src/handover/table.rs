//! What visitors say when they want a person, or have had enough: en, es, fr, de, pt, ja, ar, zh, he. Written as
//! [`super::phrases::line`] writes; the notation is in `fits` there.

pub(super) const PERSON: &str = "\
talk to|talk with|speak to|speak with|chat with|connect me to|connect me with|transfer me to|put me through to|hand me over to|put me on to > human|humans|person|people|agent|representative|rep|operator|someone|somebody|staff|employee|manager|supervisor|your team|customer service|support team|receptionist|advisor|human being
i want|i need|i d like|i would like|give me|get me|is there|can i have|can i get|let me have|i prefer > human$|real person$|real human$|human agent|live agent|live person|human being$|actual person$|actual human$|person to talk to|human support|human help
= human|a human|agent|operator|representative|person|real person|live agent|human agent|human please|agent please|operator please|representative please|talk to human|live person|real person please|live chat
hablar con|comunicarme con|comuniqueme con|chatear con|conectarme con|conectame con|paseme con|pasame con|ponme con|transfiereme a|transfierame a > humano|humana|persona|alguien|agente|representante|operador|operadora|asesor|asesora|encargado|encargada|gerente
quiero|necesito|prefiero > atencion humana|agente humano|una persona real|asesor humano
= humano|agente|persona|operador|operadora|asesor|un humano|una persona|agente humano|persona real
parler a|parler avec|discuter avec|echanger avec|passez moi|transferez moi|mettez moi en relation|me mettre en relation > humain|personne|quelqu|conseiller|conseillere|agent|operateur|responsable|votre equipe|service client
je veux|je voudrais|je prefere|j aimerais > un humain|un vrai humain|une vraie personne|un conseiller humain
= humain|un humain|conseiller|un conseiller|agent|operateur|une vraie personne|agent humain
mit > mensch|menschen|person|mitarbeiter|mitarbeiterin|jemand|jemandem|berater|beraterin|kundendienst|kundenservice|support|team|ansprechpartner > sprechen|reden|telefonieren|chatten|verbunden|verbinden|unterhalten|verbindet
einen|einer|eine|ein > menschen|mitarbeiter|mitarbeiterin|berater|beraterin|person > sprechen|erreichen
verbinden sie mich|verbinde mich|verbindet mich|leiten sie mich > mensch|menschen|mitarbeiter|mitarbeiterin|jemand|jemandem|berater|kundenservice|kundendienst|person
= mensch|ein mensch|einen menschen|mitarbeiter|menschlicher mitarbeiter|echter mensch|ein echter mensch|echte person|kundenberater
falar com|falar c|conversar com|conectar com|transferir para|transfira para|me passa para|me transfere para > humano|humana|pessoa|alguem|atendente|representante|operador|operadora|agente|gerente|responsavel
quero|preciso de|prefiro > atendimento humano|atendente humano|uma pessoa real
= humano|atendente|uma pessoa|pessoa real|atendente humano|atendimento humano
^人と話|^人間と話|^人に代わ|本物の人と|直接人と話|生身の人|オペレーターと話|オペレーターにつな|オペレーターに代わ|担当者と話|担当者につな|担当者に代わ|担当の方と話|スタッフと話|スタッフにつな|スタッフに代わ|誰かと話|人につないで|有人チャット|有人対応
= オペレーター|有人|人間|担当者|スタッフ
التحدث|اتحدث|اتكلم|التكلم|احكي|تحويلي|حولني|حولوني|توصيلي|وصلني|التواصل > شخص|موظف|موظفه|انسان|ممثل|احد|مندوب|بشري|مسوول|لموظف|لشخص|بموظف
= موظف|انسان|شخص حقيقي|موظف بشري|ممثل خدمه العملاء
人工客服|转人工|轉人工|找人工|接人工|真人客服|和真人|跟真人|与真人|找真人|我要真人|真人聊|和人工|联系人工|我要人工|想要人工
= 人工|真人|客服人员|人工服务
לדבר|לשוחח|תעבירו אותי|תעביר אותי|העבירו אותי|תחברו אותי|חברו אותי|להתכתב > נציג|נציגה|אדמ|מישהו|אנושי|מנהל|לנציג|לנציגה|למישהו|מוקדנ|לבנ אדמ|שירות לקוחות
רוצה|צריכ|צריכה|אפשר > נציג אנושי|מענה אנושי|נציג שירות
= נציג|בנ אדמ|נציג אנושי|נציג שירות|מוקדנ";

/// Right before a phrase: it is not wanted.
pub(super) const NEGATED: &str = "\
don t want|dont want|do not want|don t need|dont need|do not need|not want|never|instead of|without|without having|do i need|do i have|must i|should i|rather than|tengo que|couldn t|didn t|did not|\
no quiero|no necesito|no deseo|sin|ne veux pas|ne souhaite pas|pas besoin|ne pas|sans|nicht|ohne|nao quero|nao preciso|sem|\
不想|不要|不需要|不用|别|لا اريد|لا احتاج|بدون|دون|לא רוצה|לא צריכ|לא צריכה|בלי";

pub(super) const FRUSTRATED: &str = "\
this is useless|you are useless|you re useless|useless bot|stupid bot|dumb bot|not helpful|not helping|isn t helping|waste of time|wasting my time|this is ridiculous|you don t understand|you do not understand|you re not listening|not what i asked|answer my question|i already told you|i already asked|i have asked|so frustrating|i m frustrated|i am frustrated|fed up|worst service|third time i|makes no sense
no me entiendes|no entiendes|no sirves|no sirve para nada|esto es ridiculo|perdida de tiempo|inutil|estoy harto|estoy harta|ya te lo dije|ya lo pregunte|no me ayudas
tu ne comprends|vous ne comprenez|ca ne sert a rien|perte de temps|c est ridicule|inutile$|j en ai marre|deja demande|deja dit|n importe quoi
verstehst mich nicht|verstehen mich nicht|das hilft mir nicht|hilft nicht weiter|zeitverschwendung|nutzlos|das ist lacherlich|reicht mir|schon gefragt|schon gesagt|blode maschine|so ein mist
nao me entende|nao entendeu|voce nao entende|perda de tempo|inutil|isso e ridiculo|ja falei|ja perguntei|nao ajuda|cansei
役に立たない|役立たず|話が通じない|時間の無駄|何度も聞いて|何度も言って|いい加減にして|もういい
لا تفهم|غير مفيد|مضيعه للوقت|هذا سخيف|سالتك من قبل|بلا فايده
听不懂|没用|浪费时间|答非所问|说了多少遍|太差了|气死
אתה לא מבינ|לא עוזר|בזבוז זמנ|מגוחכ|כבר אמרתי|כבר שאלתי|חסר תועלת";
