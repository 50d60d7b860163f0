using System.Text;

namespace Postgres.Testing.Tests.Oracle;

/// <summary>One statement of a test on one of its sessions. <c>\leave</c> ends the statements of a session without closing it;
/// <c>\prepare</c> before the SQL prepares it by the protocol; <c>\copy</c> copies binary vectors into the table that follows.</summary>
sealed record Step(int Session, string Sql);

/// <summary>What a test does to its unit.</summary>
sealed record TestProgram(IReadOnlyList<Step> Steps)
{
    public override string ToString()
    {
        var text = new StringBuilder();
        var session = -1;
        foreach (var step in Steps)
        {
            if (step.Session != session) text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"-- session {session = step.Session}");
            text.AppendLine(step.Sql.StartsWith('\\') ? step.Sql : step.Sql + ";");
        }
        return text.ToString();
    }

    /// <summary>Drops steps, halves first and then single ones, while what is left still fails.</summary>
    public static async Task<TestProgram> ShrinkAsync(TestProgram program, Func<TestProgram, Task<bool>> failsAsync, int attempts)
    {
        for (var size = program.Steps.Count / 2; size >= 1; size /= 2)
            for (var at = 0; at < program.Steps.Count && attempts > 0;)
            {
                var less = new TestProgram([.. program.Steps.Take(at), .. program.Steps.Skip(at + size)]);
                if (less.Steps.Count > 0 && attempts-- > 0 && await failsAsync(less)) program = less;
                else at += size;
            }
        return program;
    }
}
