using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Text;

/// <summary>The words that set a frame. The first rule that matches the start of a segment wins, so narrow rules stand above wide ones.</summary>
static partial class FrameRules
{
    const string Adv = @"(\s+(also|now|just|really|currently|actually|still|already|recently|mostly|mainly|always|only|even|then|especially|"
        + @"particularly|very much|kind of|sort of|probably|definitely|certainly|eventually|someday|one day|ultimately|finally|simply|basically|"
        + @"honestly|truly|deeply|secretly|maybe|perhaps|primarily|presently|professionally|recently|do|absolutely|totally|would|both|"
        + @"gerade|derzeit|aktuell|zurzeit|momentan|jetzt|auch|eigentlich|schon|noch|sehr|gern|gerne|am liebsten|mal|irgendwann|später|langfristig|immer|seit (\S+ ){1,3}jahren))*";

    const string I = @"^(i|ich)" + Adv;
    const string Am = @"^(i'?m|i am|iam|im|i myself am|i have been|i've been|ive been|been|have been|ich (selbst |selber |persönlich )?bin|bin|am)" + Adv;
    const string Bad = "(bad|terrible|awful|horrible|weak|hopeless|useless|rubbish|lousy)";
    const string Goalish = @"(long[- ]term |short[- ]term |main |big |biggest |career |professional |next |ultimate |personal |only |real |großes |grosses |berufliches |langfristiges )*(goal|dream|plan|aim|ambition|aspiration|objective|target|wish|hope|ziel|traum|wunsch|plan)s?";

    public static (Frame Frame, int BodyAt)? Match(string text)
    {
        foreach (var (frame, rule) in Rules)
            if (rule.Match(text) is { Success: true } match)
                return (frame, match.Index + match.Length);
        return null;
    }

    static readonly (Frame Frame, Regex Rule)[] Rules =
    [
        (Frame.Hypothetical, Hypothetical()),
        (Frame.Unwant, Unwant()),
        (Frame.Want, Want()),
        (Frame.Want, WantNoun()),
        (Frame.Want, WantGerman()),
        (Frame.Name, Name()),
        (Frame.Negative, Negative()),
        (Frame.Work, Work()),
        (Frame.Like, Like()),
        (Frame.Learn, Learn()),
        (Frame.Past, Past()),
        (Frame.Identity, Identity()),
        (Frame.Able, Able()),
        (Frame.Self, SelfNoun()),
        (Frame.Other, Other()),
        (Frame.Self, Self()),
    ];

    [GeneratedRegex(@"^((even |only |as )?if (?!(it's |its )?possible)|unless\b|imagine\b|suppose\b|supposing\b|pretend|assum(e|ing)\b|let's say|lets say|say i\b|what if|as though|wenn ich|falls\b|angenommen|stell dir vor|als ob|when i was|when i grow|als kind|als ich|as a (kid|child|boy|girl|teen\w*)\b|"
        + @"i'd(?! (like|love|rather|prefer|be (happy|glad|keen|interested|thrilled)))\b|i (would|could|might|may|should)(?!\s+(like|love|rather|prefer|really (like|love)|also (like|love)|want|be interested))\b|ich (könnte|wäre|hätte|sollte|würde)(?! (gern|gerne|lieber|am liebsten|auch gern|mich|irgendwann|später|mal))\b|people (think|say)|everyone thinks"
        // Hedged away, or it did not come about.
        + @"|(i|ich) .{0,40}\b(as (if|though)|als (ob|wäre|wenn))\b|(i|ich) (hardly|barely|scarcely|kaum)\b|(i|i've|i have) (just |also |recently |nearly |almost )*(failed|flunked|missed|dropped out|(didn't|did not|never|haven't|couldn't) (pass|passed|finish|finished|complete|completed|get|got))\b"
        + @"|" + Am + @"\s*(hardly|barely|scarcely|anything but|everything but|everything except|far from|by no means|kaum|alles andere als|(almost|nearly|practically|virtually|like|as good as|more of|fast|beinahe|so gut wie) (an?|the|eine?) (?!(year|month|week|decade|jahr)\b)|pretending to)\b"
        // What one is bad at, and knows nothing of.
        + @"|(" + Am + @"\s*)?((so|very|really|pretty|quite|rather|just|too) )*" + Bad + @" (at|in|with)\b|(my )?weak(ness(es)?| (points?|spots?|sides?))\b"
        + @"|i( \w+ly)? (suck|stink|struggle)\b|i( \w+ly)? know (nothing|little|not much) (about|of|on)\b|i know (that|how|what) (?!to\b|i\b|i'm\b)|(i |i've |i have )(got |have )?(zero|hardly any|barely any|little|almost no) (experience|knowledge)\b"
        // "Job applied for: CFO"
        + @"|(job|role|position|post)s? (applied|applying|wanted|desired|sought|advertised)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Hypothetical();

    [GeneratedRegex(I + @"\s+(don't|dont|do not|no longer|never|am not|nicht mehr)\s*" + Adv + @"\s*(want|wanna|wish|plan|intend|looking|interested|hope)\s*(to|on|for|in)?\s+|^ich (will|möchte) (nicht|kein\w*)( mehr)?\s+|" + @"^(my|the|mein\w*|das)\s*" + Goalish + @"\s*((is|was|are)(n't| no longer| not| never)|ist (nicht( mehr)?|kein\w*))( any ?more)?\s*(to|that i|being|becoming|es)?\s+|^(i|i've|i have) (\w+ly |just |now )?(gave|given|give|giving) up (on )?((my|the) (goal|plan|dream|idea|hope)s? )?(of |to |on )?(?=(becom|learn|mov|start|study|lead|open|writ|teach|get|buil|go))|^(i|i've|i have) (\w+ly |just |now )?(abandoned|dropped) (my|the) (goal|plan|dream|idea|hope)s? (of |to )?|" + Am + @"\s+(not|no longer) (looking|interested|planning|hoping|aiming)\s*(to|on|for|in)?\s+", RegexOptions.IgnoreCase)]
    private static partial Regex Unwant();

    [GeneratedRegex(@"(" + I + @"(\s*'d|\s*'ll|\s+would|\s+do|\s+have|\s*'ve)?" + Adv + @"\s*(want(ed)?(?<=want|always wanted)|wanna|like(?<=(would|'d|would really|'d really|would also|would eventually) like)|love(?<=(would|'d|would really|'d really|would also) love)|rather(?<=(would|'d) rather)|prefer(?<=(would|'d) prefer)|wish|hope|plan|intend|aim|aspire|need|dream|have to|am hoping|decided)(?! you\b)"
        + @"|" + Am + @"\s*(hoping|planning|looking|trying|aiming|aspiring|dreaming|thinking|considering|keen|eager|determined|seeking|ready|preparing|working towards?|about|going|interested in (becoming|moving|switching|getting|working)|in the process of)(?<!about(?! to)|going(?! to)|ready(?! to))"
        + @"|^(want|wanna|would (like|love)|'?d (like|love)|wish|hop(e|ing)|plan(ning)?|looking|aim(ing)?|dream(ing)?|aspir(e|ing)|intend|trying|thinking|keen|eager)(?= (to|of|for|about|on|my|a)\b)|^wanna"
        + @"|^i see myself( as| in)?|^what i('d| would)?( really| always)? (want|wanted|like|love|hope for)( to do| most)? (is|would be))(?!\w)" + Adv
        + @"(\s+(to|of|for|about|on|in|towards?|it to))?\s*", RegexOptions.IgnoreCase)]
    private static partial Regex Want();

    [GeneratedRegex(@"^(with |and )?(my|the|a|mein\w*|das)?\s*" + Goalish + @"(?>( job| career)?)(?!\s+(is not|was|were|used to|war|waren)\b)\s*(for (the|this|next)\s*\S+( year| years)?)?\s*(is|are|would be|remains|ist|wäre|sind|:|=|of|has always been|'s)?\s*(still|now|always|simply|es)?\s*(to|es|that i|being|becoming|dass ich)?\s+(?=\S)", RegexOptions.IgnoreCase)]
    private static partial Regex WantNoun();

    [GeneratedRegex(@"^ich\s+(möchte|moechte|will|würde|wuerde|plane|hoffe|träume|traeume|strebe|suche|habe vor|hab vor|überlege)" + Adv + @"(\s+(gern|gerne|mal|davon|darauf|an|mich|,))*\s+", RegexOptions.IgnoreCase)]
    private static partial Regex WantGerman();

    [GeneratedRegex(@"^((it's|its|actually) )?((my|the) (full |first |real |actual |correct |legal )?name(?! of)( is|'s|s|:| =|)( actually| really| in fact| now)?|(please )?(just |you can |you may |feel free to )?call me|i go by|i'm called|i am called|im called|i'm known as|people call me|(my )?friends call me|everyone calls me|they call me|the name's|name's|name:|ich heiße|ich heisse|ich heiss|mein( richtiger)? name( ist|:|)|mein name is|nenn(t|en)? (sie )?mich( bitte| einfach)?|man nennt mich|meine freunde nennen mich|(please |i |i've |i have )?(set|changed?|update|correct) my name to|this is(?= \p{Lu}\p{Ll}+($| \p{Lu}\p{Ll}+$| from| here))|hier ist(?= \p{Lu})|hier schreibt)\s+", RegexOptions.IgnoreCase)]
    private static partial Regex Name();

    [GeneratedRegex(@"^((i|ich) (\w+ )?(don't|dont|do not|didn't|didnt|doesn't|have no|have never|haven't|havent|have not|can't|cant|cannot|can not|never|no longer|lack|hate|dislike|kenne kein\w*|habe (noch )?(nie|kein\w*)|kann (kein\w*|nicht|noch kein\w*)|spreche (kein\w*|nicht)|weiß nicht)|(i've|ive) (never|no|not)|"
        + @"(i'm|i am|im|am|ich bin|bin) (also |now |really |actually |still |just )?(not|no longer|never|kein\w*|nicht|neither)|not\b(?! only| just)|no\b|.{1,60} (kann|kenne|beherrsche|mag) ich( \w+)? (nicht|kein\w*)|never\b|without|ohne|kein\w*|nicht|don't|dont|do not|neither|nor|except|but not|mir fehlt|i lack|zero|haven't|what i('m| am) not (good )?(at|in)?|remove|delete|drop|take|forget (?!to)|scratch|lösche|entferne|streich\w*)\s*", RegexOptions.IgnoreCase)]
    private static partial Regex Negative();

    [GeneratedRegex(@"(" + I + @"(\s*'ve|\s+have)?" + Adv + @"\s*(work(ed)?(?<!worked(?!.*(for|since|years|past)))|working|been working|been employed|been practi[cs]ing|serve|arbeite|jobbe)(\s+(in \w+( \w+)?|at \S+( \S+)?|for \p{Lu}\S+|full[- ]time|part[- ]time|freelance|remotely|nights|here|there|mainly|mostly|currently|in vollzeit|in teilzeit|seit (\S+ ){1,3}jahren|(for|over) (\S+ ){1,4}years))*\s+(as|als)"
        + @"|" + Am + @"\s*(working|employed|practi[cs]ing|tätig|angestellt|beschäftigt)(\s+(full[- ]time|part[- ]time))?\s+(as|als)"
        + @"|^(currently |now |presently )?(working|employed|work|arbeite|tätig) (as|als)"
        + @"|^my (current |day |present |main |actual |official |new )*(job|role|position|profession|occupation|job title|title|trade|work|day job)( title)?( is|'s|:| =| now is)( now| currently| actually| that of| being| to be| as)*"
        + @"|^(current )?(role|job|position|job title|occupation|profession|beruf|title)\s*[:=]"
        + @"|^mein(e)? (aktuelle\w* |jetzige\w* )?(beruf|job|stelle|position|rolle|tätigkeit) (ist|:)( zurzeit| aktuell| derzeit)?"
        + @"|^von beruf( bin ich)?|^ich bin von beruf|^beruflich bin ich"
        + @"|^(i|i've|ive|i have)( just| recently| now| been| got| was| been just)* (promoted to|became|become|turned into|(got|get|found|have|took|taken|accepted|landed|started|began|begun) (an?|the|my) ((brand|new|first|better|nice|great|full[- ]time|part[- ]time|permanent)[ -])*(job|position|role|gig|post) as|started as|hired as|started working as|began working as|switched to being|switched to working as|begun as)"
        + @"|^ich (bin|wurde)( jetzt| gerade| seit \S+)* (befördert zu[mr]?)"
        + @"|^(please )?(set|change|update|correct) my (current )?(role|job|position|title|job title) to|^put me down as|^as an?(?= )|^als(?= \p{Lu}))\s+", RegexOptions.IgnoreCase)]
    private static partial Regex Work();

    [GeneratedRegex(@"((i|ich)(\s*'ve|\s+have)?" + Adv + @"\s+(like|love|loved|enjoy|adore|liebe|mag|interessiere mich|begeistere mich|schwärme)" + @"|" + Am + @"\s*(interested|passionate|fascinated|curious|into|excited|obsessed|enthusiastic|drawn|fan of|interessiert an|begeistert von|fasziniert von)"
        + @"|^(my )?(main |biggest |real |true |big |great )*(interests?|passions?|mein interesse|meine leidenschaft|meine interessen)\s*(is|are|ist|sind|lies?|liegt|gilt|:|=|'s)|^mich (interessiert|interessieren|fasziniert|faszinieren|begeistert|reizt|reizen)|^what (interests|fascinates|excites) me( most)? is|^interested|^passionate|^fascinated|^curious)"
        + @"(\s+(in|about|by|für|to|into|sehr|besonders|vor allem|an|von|with|most))*\s+", RegexOptions.IgnoreCase)]
    private static partial Regex Like();

    [GeneratedRegex(@"(" + Am + @"\s*(learning|teaching myself|taking (a|an|some) (\w+ )?(course|class|lesson)s?|picking up|brushing up)|^(currently |now |just )?(learning|teaching myself)|" + I + @"\s+(learn|lerne|started learning|started to learn|began learning|bringe mir)(?! von\b))(\s+(about|in|on|how to|to|bei))*\s+", RegexOptions.IgnoreCase)]
    private static partial Regex Learn();

    [GeneratedRegex(@"^((i|ich)('ve| have)?\s+(\w+ly |just |now )?(stopped|ceased|lost|retired|resigned|quit|left|gave up(?! (on )?(my|the) (goal|plan|dream))|given up|was|were|used to( be)?|had been|had|war|hatte|wanted|started out|started|began|left|quit|formerly|once|previously|worked as|grew up|lived|arbeitete|wohnte)\b|(used to|was|were|had been|before that|previously|formerly|in the past|years ago|back then|früher|damals|vorher|davor|ehemals|ex-|former|until|till|bis \d)|(i'?m|i am|ich bin) (an? )?(former|ex\b|ex-|ehemalige\w*|frühere\w*))\s*", RegexOptions.IgnoreCase)]
    private static partial Regex Past();

    [GeneratedRegex(@"(" + Am + @")(\s+(officially|finally|basically|technically|originally|currently|seit (\S+ ){1,3}jahren|schon|inzwischen|mittlerweile))*\s+", RegexOptions.IgnoreCase)]
    private static partial Regex Identity();

    [GeneratedRegex(@"(" + I + @"(\s*'ve|\s+have|\s+am|\s*'m)?" + Adv + @"\s*(know|use|used|using|can|code|program|develop|speciali[sz]e|specialise|master|handle|maintain|operate|got|have|do|write|teach|train|bring|kann|kenne|beherrsche|nutze|benutze|verwende|programmiere|habe|hab|'ve)\b"
        + @"|^(my )?(main |key |core |strongest |best |technical |top |other )*(skills?|strengths?|skill ?set|tech stack|stack|tools|expertise|speciality|specialty|kenntnisse|fähigkeiten|stärken|meine (fähigkeiten|stärken|kenntnisse|skills))\s*(are|is|include[sd]?|includes|sind|ist|:|=|lie in)"
        + @"|" + Am + @"\s*((pretty|quite|very|really|highly|also|fairly|most) )*(good|great|skilled|proficient|experienced|comfortable|familiar|fluent|trained|certified|qualified|strong|expert|competent|versed|specialized|specialised|gut|erfahren|fit)\s+(in|at|with|on|im|mit)"
        + @"|^what i('m| am) (really |pretty |quite |very )?(good|best|great) (at|in|with)( is| are)?|^(gut|fit|stark) bin ich (in|im|mit|bei)|^(know|knows|experienced|skilled|proficient|good|familiar|comfortable|trained|certified|fluent) ?(in|at|with|on)?(?= )|^(strong|great) (in|at|with)(?= )|^(please )?(add)(?= .+ to my (skills?|profile))|^add skills?:?)\s*", RegexOptions.IgnoreCase)]
    private static partial Regex Able();

    [GeneratedRegex(@"^my (\w+ )?(background|experience|years|current|location|home|hometown|education|degree|languages?|native|mother|first language|project|side project|work|career|age|apprenticeship|training|major|team lead role|favou?rite|studies|last|day|focus|main|\d)|^mein(e|en)? (ausbildung|studium|erfahrung|muttersprache|projekt|wohnort|hintergrund|sprachen|abschluss)", RegexOptions.IgnoreCase)]
    private static partial Regex SelfNoun();

    [GeneratedRegex(@"^(my|our|mein(e|er|em|en)?|unser(e|er)?|his|her|their|your|dein\w*)\s+\w+|^(he|she|they|it|it's|its|you|you're|this|that|that's|these|those|there|there's|everyone|everybody|people|someone|somebody|nobody|er|sie|es|du|ihr|wir|we|we're|let|lets|let's|one of|some|most|the(?! (last|past|first|latest|other)\b)|der|die|das|ein(e)? (freund|kolleg|bekannt)\w*|an? (friend|colleague|coworker|neighbou?r|guy|man|woman|person|client|customer|recruiter)\b.*)\b|^\p{Lu}\p{Ll}+'s \w+\b|^(unlike|contrary to|as opposed to|in contrast to|compared (to|with)) (?!most\b|many\b)|^\p{Lu}\p{Ll}+( \p{Lu}\p{Ll}+| (and|und) (\p{Lu}\p{Ll}+|my \w+))? (is|are|was|were|has|have|know|knows|wants|works|speaks|likes|loves|says|said|thinks|thought|believes|claims|told|asked|calls|called|teaches|taught|uses|lives|ist|war|hat|kann|arbeitet|will|möchte|sagt)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Other();

    [GeneratedRegex(@"^(i|ich|i've|ive|i'll|i'd|mir|mich|me)\b\s*", RegexOptions.IgnoreCase)]
    private static partial Regex Self();
}
