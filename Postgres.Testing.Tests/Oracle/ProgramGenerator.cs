namespace Postgres.Testing.Tests.Oracle;

/// <summary>Random programs over <see cref="NastySchema"/>. One in four has DDL, one in eight leaves sessions behind.</summary>
/// <param name="seed">Programs of the same seed are the same.</param>
/// <param name="more">Statements that only some ways of isolation have.</param>
sealed class ProgramGenerator(int seed, IReadOnlyList<string> more)
{
    public const int Sessions = 4;

    readonly Random random = new(seed);
    readonly List<Step> steps = [];

    public static TestProgram Generate(int seed, IReadOnlyList<string> more) => new ProgramGenerator(seed, more).Write();

    TestProgram Write()
    {
        var (ddl, leaks) = (random.Next(4) == 0, random.Next(8) == 0);
        for (var blocks = random.Next(1, 8); blocks > 0; blocks--)
        {
            var session = random.Next(Sessions);
            var ending = random.Next(5);
            if (ending > 1) Add(session, random.Next(4) == 0 ? "begin isolation level serializable" : "begin");
            for (var statements = random.Next(1, 6); statements > 0; statements--)
            {
                if (ending > 1 && random.Next(6) == 0) Add(session, One("savepoint s", "rollback to s", "release s"));
                var pool = more.Count > 0 && random.Next(8) == 0 ? more : ddl && random.Next(3) == 0 ? Statements.Definitions : random.Next(4) == 0 ? Statements.SessionState : Statements.Changes;
                Add(session, One(pool));
            }
            if (ending > 2 && more == Statements.TwoPhase && random.Next(3) == 0) Add(session, "prepare transaction 'g#'");
            if (ending == 4 && leaks) Add(session, One("\\leave", "\\leave", "select pg_advisory_lock(7)", "declare c cursor with hold for select * from author"));
            else if (ending > 1) Add(session, ending == 2 ? "rollback" : "commit");
            if (leaks && random.Next(6) == 0) Add(session, "\\leave");
        }
        return new(steps);
    }

    void Add(int session, string template) => steps.Add(new(session, Fill(template)));

    string One(params IReadOnlyList<string> choices) => choices[random.Next(choices.Count)];

    /// <summary>#: a small number that is likely to be there; @: a larger number; V: a vector table; T: any table.</summary>
    string Fill(string template) => string.Concat(template.Select(c => c switch
    {
        '#' => random.Next(1, 8).ToString(System.Globalization.CultureInfo.InvariantCulture),
        '@' => random.Next(20, 80).ToString(System.Globalization.CultureInfo.InvariantCulture),
        '§' => One(NastyVectors.Names),
        '¤' => One(Statements.Tables),
        _ => c.ToString(),
    }));
}
