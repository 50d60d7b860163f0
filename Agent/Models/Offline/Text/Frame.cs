namespace Agent.Models.Offline.Text;

/// <summary>What a segment of a sentence does: who it is about and how it is meant.</summary>
enum Frame
{
    /// <summary>No verb of its own at the start of a message: "nurse, 5 years, Leeds". About the author.</summary>
    Bare,

    /// <summary>"I …" with any other verb.</summary>
    Self,

    /// <summary>"I'm …", "ich bin …".</summary>
    Identity,

    /// <summary>"my name is …", "call me …".</summary>
    Name,

    /// <summary>"I work as …", "my job is …".</summary>
    Work,

    /// <summary>"I want to …", "my goal is …".</summary>
    Want,

    /// <summary>"I don't want to … any more".</summary>
    Unwant,

    /// <summary>"I'm interested in …", "I love …".</summary>
    Like,

    /// <summary>"I'm learning …": not yet a skill.</summary>
    Learn,

    /// <summary>"I know …", "I use …", "my skills are …".</summary>
    Able,

    /// <summary>"I don't know …", "not …".</summary>
    Negative,

    /// <summary>"I was …", "I used to be …".</summary>
    Past,

    /// <summary>"my brother is …", "she knows …".</summary>
    Other,

    /// <summary>A question, whoever it is about.</summary>
    Question,

    /// <summary>"if I were …", "I would be …", "I am hardly …", "suppose that …": not so.</summary>
    Hypothetical,
}
