using System.Globalization;
using System.Text;

namespace Postgres.Testing.Tests.Hostile;

/// <summary>Texts, numbers and JSON that programs stumble over, at random and repeatable. <c>HOSTILE_CASES</c> says how many,
/// <c>HOSTILE_SEED</c> which.</summary>
sealed class HostileValues(int seed)
{
    static readonly string[] Pieces =
    [
        "", " ", "a", "Ada", "'", "''", "\"", "\"\"", "\\", "`", ";", "--", "/*", "$$", "$1", ":x", "%s%n", "{0}", "${7*7}", "{{7*7}}", "\0", "\u0001", "\u001b[31m", "\r\n", "\n", "\t",
        "'; drop schema public cascade; --", "\"; truncate messages; --", "') returning *; delete from users; --", "1 or 1=1", "pg_catalog", "public", "extensions", "postgres_testing",
        "\u202E", "\u200B", "\u200D", "\uFEFF", "\u2028", "é", "e\u0301", "ﷺ", "🦄", "👩‍👩‍👧", "日本語", "\uD800", "\uDC00", "\uFFFE", "\uFFFF", "İ", "ß", "K",
        "../../etc/passwd", "/dev/null", "C:\\x", "<script>alert(1)</script>", "</script>", "<!--", "]]>", "&lt;", "%00", "%0d%0a", "null", "true", "undefined", "NaN", "Infinity", "-0",
        "1e400", "99999999999999999999", "-1", "0", "2147483648", "00000000-0000-0000-0000-000000000000", "[1,2,3]", "[NaN]", "{}", "{\"a\":1}", "=1+1", "2/8", "8/2", "0/0", "-1/2", "2/8/3",
    ];

    static readonly string[] Numbers = ["0", "-0", "-1", "1", "2147483647", "2147483648", "-9223372036854775809", "1e400", "-1e400", "1e-400", "0.1", "NaN", "Infinity", "1_000", "0x10", "١"];

    readonly Random random = new(seed);

    /// <summary>How many cases a run tries.</summary>
    public static int Cases { get; } = Number("HOSTILE_CASES") ?? 500;

    /// <summary>Where the cases of a run begin.</summary>
    public static int Seed { get; } = Number("HOSTILE_SEED") ?? Random.Shared.Next(1_000_000);

    /// <summary>The values of one case.</summary>
    public static HostileValues Of(int number) => new(unchecked(Seed * 1_000_003 + number));

    public bool Chance(int percent) => random.Next(100) < percent;

    public int Next(int below) => random.Next(below);

    public T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    /// <summary>From nothing to some thousand characters.</summary>
    public string Text()
    {
        switch (random.Next(10))
        {
            case 0:
                return Repeat(Pick(Pieces), Pick([63, 64, 65, 128, 1024, 5000]));
            case 1:
                return Number();
            case 2:
                return string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => (char)random.Next(0x10000)));
            default:
                return string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => Pick(Pieces)));
        }
    }

    public string Number() => Pick(Numbers);

    /// <summary>JSON that is valid, or nearly so.</summary>
    public string Json(params string[] names)
    {
        switch (random.Next(14))
        {
            case 0:
                var depth = Pick([10, 65, 5000]);
                return Repeat("[", depth) + (Chance(50) ? Repeat("]", depth) : "");
            case 1:
                return Repeat("{\"a\":", 3000) + "1" + Repeat("}", 3000);
            case 2:
                return "[" + string.Join(',', Enumerable.Repeat(Number(), 2000)) + "]";
            case 3:
                return Text();
            case 4:
                return Value();
            default:
                var text = "{" + string.Join(',', names.Where(_ => Chance(80)).Concat(Chance(20) ? names : []).Select(name => $"\"{name}\":{Value()}")) + "}";
                return Chance(5) && text.Length > 2 ? text[..random.Next(text.Length)] : text;
        }
    }

    string Value() => random.Next(8) switch
    {
        0 => Number(),
        1 => "null",
        2 => Pick(["true", "false", "[]", "{}", "[[]]", "{\"message\":\"x\"}", "[1,\"a\",null]"]),
        _ => Quoted(Text()),
    };

    string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
            quoted.Append(c is '"' or '\\' ? $"\\{c}" : char.IsSurrogate(c) || char.IsControl(c) || Chance(2) ? $"\\u{(int)c:x4}" : $"{c}");
        return quoted.Append('"').ToString();
    }

    static string Repeat(string piece, int times) => string.Concat(Enumerable.Repeat(piece, times));

    static int? Number(string variable) => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;
}
