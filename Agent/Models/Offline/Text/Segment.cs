namespace Agent.Models.Offline.Text;

/// <summary>A stretch of a sentence with one meaning.</summary>
/// <param name="Text">The words as written.</param>
/// <param name="Frame">What it does.</param>
/// <param name="Body">What follows the words that set the frame: of "I want to teach", "teach". The text itself when none did.</param>
/// <param name="Opens">True when its own words set the frame; false when it carries on what came before.</param>
/// <param name="Sentence">Number of its sentence in the message, from 0.</param>
/// <param name="Joint">What stood before it: a comma, a conjunction, or nothing.</param>
sealed record Segment(string Text, Frame Frame, string Body, bool Opens, int Sentence, string Joint)
{
    /// <summary>It says something about the author, now and for real.</summary>
    public bool IsFact => Frame is Frame.Bare or Frame.Self or Frame.Identity or Frame.Name or Frame.Work or Frame.Able;
}
