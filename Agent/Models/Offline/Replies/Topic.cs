using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Replies;

/// <summary>What a question is about, as far as the profile can answer it.</summary>
enum Topic
{
    None,
    Assistant,
    Summary,
    Name,
    Role,
    Years,
    Skills,
    Goals,
    Interest,
    Location,
    Education,
    Languages,
    Projects,
}

static partial class Topics
{
    static readonly (Topic Topic, Regex Pattern)[] Patterns =
    [
        (Topic.Assistant, Assistant()), (Topic.Summary, Summary()), (Topic.Name, Name()), (Topic.Years, Years()), (Topic.Goals, Goals()),
        (Topic.Location, Location()), (Topic.Education, Education()), (Topic.Languages, Languages()), (Topic.Projects, Projects()),
        (Topic.Interest, Interest()), (Topic.Skills, Skills()), (Topic.Role, Role()),
    ];

    public static Topic Of(string question) => Patterns.FirstOrDefault(p => p.Pattern.IsMatch(question)).Topic;

    public static bool WantsAdvice(string question) => Advice().IsMatch(question);

    [GeneratedRegex(@"\b(who|what) are you\b|\bare you (an? )?(ai|bot|human|real|robot|machine|person|chatgpt|language model|llm)\b|\bwhat can you do\b|\bhow do you work\b|\bwer bist du\b|\bwas bist du\b|\bwas kannst du\b|\bbist du (ein|eine)\b|\bwhich model\b", RegexOptions.IgnoreCase)]
    private static partial Regex Assistant();

    [GeneratedRegex(@"\bknow about me\b|\bwho am i\b|\bsummar\w+\b.*\b(me|my|profile)\b|\b(show|see|what('s| is)( in)?|read)\b.{0,10}\bmy profile\b|\babout me\b|\bremember (of|about) me\b|\bwer bin ich\b|\bweißt du (alles )?über mich\b|\bwas weisst du über mich\b|\bmein profil\b", RegexOptions.IgnoreCase)]
    private static partial Regex Summary();

    [GeneratedRegex(@"\bmy (\w+ )?name\b|\bwhat am i called\b|\bwie heiße? ich\b|\bmein name\b|\bwie heisse ich\b|\bremember who i am\b", RegexOptions.IgnoreCase)]
    private static partial Regex Name();

    [GeneratedRegex(@"\bhow (many years|long|much experience)\b|\bmy years\b|\byears of experience (do|did) i\b|\bwie (viele jahre|lange|viel erfahrung)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Years();

    [GeneratedRegex(@"\b(my|mein\w*|career) (\w+ )?(goals?|plans?|dreams?|aims?|ambitions?|ziele?|träume?|traum|plan)\b|\b(did|do|was|had) i (\w+ )?(say |tell you |mention |said )?(that )?(i )?(\w+ )?(want|wanted|plan|planned|hope|hoped|aim|dream|like to|going to|looking for)\b|\bi (said i )?(want|wanted|planned|hoped|looking)\b|\bam i looking for\b|\b(wollte|möchte|will) ich\b|\bich (\w+ )?(werden|machen|erreichen|eröffnen) (wollte|will|möchte)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Goals();

    [GeneratedRegex(@"\bwhere (do|did|am) i (live|based|from|located|come from)?|\bmy (location|city|town|home)\b|\bwo (wohne|lebe|bin) ich\b|\bwoher (komme|bin) ich\b|\bwhich (city|town|country)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Location();

    [GeneratedRegex(@"\b(degree|education|did i study|i studied|my studies|graduate|ausbildung|studiert|studium|abschluss)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Education();

    [GeneratedRegex(@"\b(which|what) (\w+ )?languages? (do|can) i\b|\blanguages i speak\b|\bdo i speak\b|\bwelche sprachen\b|\bspreche ich\b", RegexOptions.IgnoreCase)]
    private static partial Regex Languages();

    [GeneratedRegex(@"\b(my|which|what) (\w+ )?(projects?|projekte?)\b|\b(did|have) i (build|built|made|make|create|created|develop|developed|launch|launched|lead|led)\b|\bhabe ich .*(gebaut|entwickelt|programmiert)\b|\bwelche projekte\b", RegexOptions.IgnoreCase)]
    private static partial Regex Projects();

    [GeneratedRegex(@"\b(interests?|interested in|passionate about|interessiert mich|interessen?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Interest();

    [GeneratedRegex(@"\b(my|which|what) (\w+ )?(skills?|tools?|stack|strengths?|fähigkeiten|kenntnisse)\b|\b(do|can|did) i (know|use|have experience)\b|\bwhat can i\b|\bam i good at\b|\b(kann|kenne) ich\b|\bwas kann ich\b|\bwelche (skills|fähigkeiten|kenntnisse)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Skills();

    [GeneratedRegex(@"\bmy (\w+ )?(job|role|position|profession|occupation|work|beruf)\b|\bwhat do i do\b|\bwhat am i\b|^\W*am i\b|\bdo i work\b|\b(mein|welchen) beruf\b|\bwas (bin|arbeite|mache) ich\b|\bals was arbeite ich\b", RegexOptions.IgnoreCase)]
    private static partial Regex Role();

    [GeneratedRegex(@"\bhow (do|can|could|should|would) (i|one|you)\b|\b(what|which|where)\b.{0,30}\b(should|could|can) i\b|\bshould i\b|\b(any|some) (tips?|advice|idea|ideas|suggestions?|recommendations?)\b|\bwhere (do|should) i start\b|\bnext steps?\b|\brecommend\b|\bhelp me\b|\bwhat (now|next)\b|\bis .* enough\b|\bworth\b|\bwie (werde|kann|soll|komme|schaffe) ich\b|\bwas soll(te)? ich\b|\bsoll(te)? ich\b|\btipps?\b|\bempfiehlst\b|\blohnt\b|\bno idea how\b", RegexOptions.IgnoreCase)]
    private static partial Regex Advice();
}
