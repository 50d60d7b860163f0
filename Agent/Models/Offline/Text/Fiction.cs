using System.Text.RegularExpressions;

namespace Agent.Models.Offline.Text;

/// <summary>"Suppose …", "in my dream …", "according to Bob …": what the author says there holds in no world of theirs, up to a "but".</summary>
static partial class Fiction
{
    public static bool StartsIn(string segment) => Start().IsMatch(segment);

    public static bool Ends(string joint) => joint.ToLowerInvariant() is "but" or "aber" or "however" or "although" or "though" or "whereas" or "while";

    /// <summary>"I am a teacher, says Bob", "As a nurse, would I earn more?": it comes out at the end.</summary>
    public static bool IsSaidAfter(string sentence) => After().IsMatch(sentence);

    const string Worlds = @"(my|a|the|this|that|an|our|his|her|meinem|einem|dem|einer|meiner|der) (\w+ )?(dreams?|nightmare|imagination|fantas(y|ies)|daydreams?|game|novel|movie|film|play|tv series|simulation|fairy ?tale|role[- ]?play|alternate (universe|reality|world)|parallel (universe|world)|(other|another) (universe|world)|traum|träumen|fantasie|spiel|roman|film|theaterstück)";

    [GeneratedRegex(@"^((last night|sometimes|often|and|but|hey|well) )*(suppose|supposing|imagine|pretend|assum(e|ing)|let's (say|pretend|assume|imagine)|if you ask (?!me\b)|lets (say|pretend)|say (i|my)\b|angenommen|stell dir vor|nehmen wir an|if only|"
        + @"in (" + Worlds + @"|my dreams?|dreams|another (world|universe)|an alternate \w+|a parallel \w+|theory)(?! (job|role|company|position|school|team|city|country|house))|im (traum|film|spiel|roman)|"
        + @"according to|laut\s+\p{L}|i (once |just |also )?(dreamt|dreamed|had a dream|fantasi[sz]ed?|pretend(ed)?|imagined?|was told|heard that)|ich (habe |hab )?(geträumt|träumte)|ich wünschte|"
        + @"(i|we) wish(ed)? (that )?(i|my|he|she|they|it|we|there|\p{L}+ (was|were|had|knew|lived))\b|"
        // "The song goes | I'm a soldier"
        + @"(the|this|that|my|a) (\w+ )?(song|lyrics?|poem|motto|slogan|saying|joke|sign|quote|chorus|verse|line) (goes|says|reads|said|is|was)\b|"
        // "Somebody told me | I am a manager"
        + @".{1,40} (told|tells|called|calls|assured|informed) (me|us)( that)?$|"
        + @"(my|our|the) (\w+ )?(character|avatar|alter ego|persona)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Start();

    [GeneratedRegex(@"^(?i:as an?) [^,?]{2,40},? (would|could|might) I\b|(\b(according to (?!plan\b)\S+( \S+)?|in " + Worlds + @"|in my dreams?)|,\s*((he|she|they|people|my \w+|\p{Lu}\p{Ll}+) (says?|said|claims?|claimed|thinks?|thought|wrote)|(says?|said|claims?|claimed|thinks?|wrote) (he|she|they|people|my \w+|\p{Lu}\p{Ll}+)))\W*$")]
    private static partial Regex After();
}
