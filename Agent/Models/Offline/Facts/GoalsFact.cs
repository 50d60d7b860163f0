using System.Text.RegularExpressions;
using Agent.Models.Offline.Replies;
using Agent.Models.Offline.Text;

namespace Agent.Models.Offline.Facts;

/// <summary>What the author wants. Goals pile up until one is taken back or the mind is changed.</summary>
static partial class GoalsFact
{
    public static void Read(FactContext context, FactSheet facts)
    {
        var stated = Stated(context).ToList();
        var unwanted = context.Utterance.Segments.Where(s => s.Frame == Frame.Unwant).Select(s => s.Body)
            .Concat(WantedInstead(context.Utterance.Segments)).ToList();
        if (stated.Count == 0 && unwanted.Count == 0)
            return;
        var changed = stated.Count > 0 && ChangedMind().IsMatch(context.Utterance.Text) && !Addition().IsMatch(context.Utterance.Text);
        var goals = changed ? [] : context.Profile.Goals.Where(g => !unwanted.Any(u => Words.Overlap(g, u) >= 0.5)).ToList();
        goals.AddRange(stated.Where(g => !FactSheet.Has(goals, g)));
        if (!goals.SequenceEqual(context.Profile.Goals, StringComparer.OrdinalIgnoreCase))
            facts.Goals = [.. goals.Take(20)];
    }

    /// <summary>"I want to be a CTO, not a team lead."</summary>
    static IEnumerable<string> WantedInstead(IReadOnlyList<Segment> segments)
        => segments.Where((s, i) => s.Frame == Frame.Negative && i > 0 && segments[i - 1] is { Frame: Frame.Want } want && want.Sentence == s.Sentence).Select(s => s.Body);

    static IEnumerable<string> Stated(FactContext context)
    {
        var segments = context.Utterance.Segments;
        for (var i = 0; i < segments.Count; i++)
        {
            // "…to become a team lead, learn Kubernetes": the list of goals goes on without a new "I want".
            if (segments[i].Frame != Frame.Want || (!segments[i].Opens && !Verb().IsMatch(segments[i].Text)))
                continue;
            foreach (var part in And().Split(segments[i].Text.Contains("been ", StringComparison.OrdinalIgnoreCase) ? Lasting().Replace(segments[i].Body, "") : segments[i].Body))
                if (Words.TrimTail(part) is { Length: >= 3 and <= 250 } goal && !NoGoal().IsMatch(goal))
                    yield return goal;
        }
        if (Questions.AskedIn(context.LastReply) == Question.Goals && segments is [{ Frame: Frame.Bare } only] && Words.TrimTail(only.Text) is { Length: > 5 } answer
            && !NoAnswer().IsMatch(answer))
            yield return answer;
    }

    const string Verbs = "become|learn|lead|move|start|build|open|get|work|find|earn|run|teach|write|manage|study|own|switch|launch|travel|help|improve|pass|grow|found|make|publish|finish|be|live|mentor|retire|transition|specialise|specialize";

    [GeneratedRegex(@"\s+and\s+(?:then\s+|maybe\s+|also\s+|eventually\s+|to\s+)*(?=(" + Verbs + @")\b)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex And();

    [GeneratedRegex(@"^(to |then |maybe |eventually |also )*(" + Verbs + @")\b", RegexOptions.IgnoreCase)]
    private static partial Regex Verb();

    [GeneratedRegex(@"^((has|have) changed|know|ask|tell|say|talk|hear|see\b(?! the world)|thank|share|check|mention|add|correct|update|change (my|the) (name|role|profile)|set|be honest|clarify|you|understand (why|how|what|this)|help$|some (advice|help|tips)|advice|tips|it|that|this|them|forward|sure|more|wissen|fragen|sagen|lunch|coffee|a break|sleep|cry|scream|do( it| that| this| so| well)?$|be(?! (an?|the|my own|head|chief|senior|lead|promoted|certified|in charge|self-employed|ein\w*|\w+(er|or|ist|eer|ant))\b)|a lot|my (boss|mother|father|mum|mom|dad|parents|wife|husband|partner|kids?|child(ren)?|sons?|daughters?|brothers?|sisters?|friends?)|hello|hi|home|back|leave it)\b(?! \w+ .*(business|company|restaurant|degree))|^to$", RegexOptions.IgnoreCase)]
    private static partial Regex NoGoal();

    // "I've been looking for a job for 2 years"
    [GeneratedRegex(@"\s+(for|over|since) ((the|about|over|more than|last|past) )*\S+( (years?|months?|weeks?|days?))?( now)?$(?<=\d.*|years?( now)?|months?( now)?|weeks?( now)?|days?( now)?)", RegexOptions.IgnoreCase)]
    private static partial Regex Lasting();

    [GeneratedRegex(@"\b(instead|goals? ha(s|ve) changed|changed my mind|change my mind|rather than|scratch that|forget (that|what i said)|no longer|any ?more|stattdessen|doch lieber|meinung geändert|nicht mehr)\b", RegexOptions.IgnoreCase)]
    private static partial Regex ChangedMind();

    [GeneratedRegex(@"\b(also|too|as well|in addition|another|auch|zusätzlich|außerdem)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Addition();

    [GeneratedRegex(@"\b(don't know|dont know|no idea|not sure|nothing|weiß nicht|keine ahnung|hello|thanks|danke|thank you)\b|\?", RegexOptions.IgnoreCase)]
    private static partial Regex NoAnswer();
}
