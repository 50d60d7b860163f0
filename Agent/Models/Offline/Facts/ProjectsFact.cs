using System.Text.RegularExpressions;
using Agent.Memory;
using Agent.Models.Offline.Lexicon;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

/// <summary>Things that the author made: "I built a booking app called Slot with Django".</summary>
static partial class ProjectsFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        foreach (var segment in context.Utterance.Segments)
        {
            if (!segment.IsFact && segment.Frame is not (Frame.Past or Frame.Other))
                continue;
            var match = Made().Match(segment.Text);
            if (!match.Success || (segment.Frame is Frame.Other && !OwnProject().IsMatch(segment.Text)))
                continue;
            if (Project(match.Groups["what"].Value, match.Groups["verb"].Value) is { } project
                && !context.Profile.Projects.Any(p => string.Equals(p.Name, project.Name, StringComparison.OrdinalIgnoreCase))
                && facts.Projects.Count < 5)
                facts.Projects.Add(project);
        }
    }

    static Project? Project(string what, string verb)
    {
        var named = Named().Match(what);
        var thing = Determiner().Replace(End().Split(named.Success ? what[..named.Index] : what)[0], "").Trim(' ', '.', ',');
        // Everyday things are made, too ("a mistake", "my CV"): without a name it has to be a thing that one shows.
        if (!named.Success && !Thing().IsMatch(thing))
            return null;
        var name = named.Success ? named.Groups["name"].Value.Trim(' ', '.', ',') : thing;
        if (name.Length is < 2 or > 80)
            return null;
        var technologies = Terms.Skills.Find(what).Where(t => !t.Everyday || Using().IsMatch(what)).Select(t => t.Name).Distinct().ToArray();
        return new Project
        {
            Name = name,
            Description = what.Trim(' ', '.', ',') is { Length: <= 300 } description && description != name ? description : null,
            Technologies = technologies,
            Role = verb.StartsWith("le", StringComparison.OrdinalIgnoreCase) || verb.StartsWith("manag", StringComparison.OrdinalIgnoreCase) ? "lead" : null,
        };
    }

    [GeneratedRegex(@"\b(?<verb>built|build|building|developed|developing|created|creating|designed|designing|launched|led|leading|wrote|writing|made|making|founded|published|renovated|organi[sz]ed|managed|programmed|coded|ran|run|released|working on|gebaut|entwickelt)\s+(?<what>(an?|the|my own|our|my|two|three|several|some|this)\s+.+|(?<=project: ).+)|\b(side |pet |main |current |latest )?project( is| was|:| called| named)\s*(?<verb>)(?<what>.+)|\bhabe (?<what>(ein|eine|einen|das|den|die)\s.+) (?<verb>gebaut|entwickelt|programmiert|geschrieben|gegründet|erstellt|geleitet)", RegexOptions.IgnoreCase)]
    private static partial Regex Made();

    [GeneratedRegex(@"^(we|we've|wir|my (side |pet |main |current |latest )?project)\b", RegexOptions.IgnoreCase)]
    private static partial Regex OwnProject();

    [GeneratedRegex(@"\b(called|named|titled|namens)\s+[""']?(?<name>[^\s,.;:()""']+(\s\p{Lu}[^\s,.;:()""']*){0,3})", RegexOptions.None)]
    private static partial Regex Named();

    [GeneratedRegex(@"\s+(with|in|using|for|that|which|to|at|on|and|by|from|of|mit|für|die|das|der|where|when|last|because|during)\s+", RegexOptions.IgnoreCase)]
    private static partial Regex End();

    [GeneratedRegex(@"^(the launch of|an?|the|my own|our own|our|my|some|this|ein|eine|einen|das|den|die)\s+(?!launch)", RegexOptions.IgnoreCase)]
    private static partial Regex Determiner();

    [GeneratedRegex(@"\b(app|application|website|web ?site|site|tool|library|game|system|platform|shop|store|dashboard|bot|chatbot|script|plugin|extension|pipeline|engine|api|service|model|campaign|garden|course|workshop|curriculum|programme|house|kitchen|network|robot|drone|podcast|blog|book|cookbook|film|exhibition|compiler|database|simulator|portfolio|prototype|portal|migration|framework|festival|newsletter|package|engine|machine|tracker|planner|calculator|webseite|spiel|werkzeug|anwendung|projekt|project|clinic|shed|boat|wiring)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Thing();

    [GeneratedRegex(@"\b(with|in|using|mit)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Using();
}
