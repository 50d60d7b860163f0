using System.Globalization;
using System.Text.RegularExpressions;
using Agent.Models.Offline.Facts;

namespace Agent.Tools;

/// <summary>The numbers that a text says, in digits or in words, and what it says by them: years since, months, decades.</summary>
static partial class SaidNumbers
{
    public static bool AreIn(string text, double number)
    {
        var said = Number().Matches(text).Select(m => ValueOf(m.Value)).ToHashSet();
        if (said.Contains(number) || Half().IsMatch(text) && (number == 0.5 || number % 1 == 0.5 && said.Contains(Math.Floor(number))))
            return true;
        if (Decade().IsMatch(text) && (number == 10 || said.Contains(number / 10)))
            return true;
        if (Month().IsMatch(text) && said.Any(n => Math.Abs(n / 12 - number) < 0.1))
            return true;
        // "since 2019", "seit 2019": a year more or less, as the months are not said.
        return said.Any(year => year is >= 1940 and <= 2100 && Math.Abs(DateTime.UtcNow.Year - year - number) <= 1)
            || number == 1 && OneYear().IsMatch(text);
    }

    static double ValueOf(string text)
    {
        var word = text.ToLowerInvariant();
        if (char.IsAsciiDigit(word[0]))
            return double.Parse(word.Replace(',', '.'), CultureInfo.InvariantCulture);
        // "forty-two", "zweiundvierzig".
        var tens = Tens().Match(word);
        if (!tens.Success)
            return Numbers.Parse(word);
        var ten = tens.Value[..3] switch { "twe" or "zwa" => 20, "thi" or "dre" => 30, "for" or "vie" => 40, "fif" or "fün" => 50, _ => 60 };
        var one = (word[..tens.Index] + word[(tens.Index + tens.Length)..]).Replace("und", "", StringComparison.Ordinal).Trim(' ', '-');
        return ten + (one.Length > 0 ? Numbers.Parse(one) : 0);
    }

    const string Ones = "one|two|three|four|five|six|seven|eight|nine";
    const string Eins = "ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun";

    // Digits that are grouped ("1,200") or part of a version say no years.
    [GeneratedRegex(@"(?<![\d.,])\d{1,4}([.,]\d{1,2})?(?![\d]|[.,]\d)|\b((twenty|thirty|forty|fifty|sixty)([ -](" + Ones + @"))?|((" + Eins + @")und)?(zwanzig|dreißig|vierzig|fünfzig|sechzig)|"
        + Ones + @"|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|" + Eins
        + @"|zehn|elf|zwölf|dreizehn|vierzehn|fünfzehn|sechzehn|siebzehn|achtzehn|neunzehn)(?=\b|en\b|em\b|er\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Number();

    [GeneratedRegex("twenty|thirty|forty|fifty|sixty|zwanzig|dreißig|vierzig|fünfzig|sechzig")]
    private static partial Regex Tens();

    [GeneratedRegex(@"\b(half|halbe\w*|\w*einhalb|anderthalb)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Half();

    [GeneratedRegex(@"\b(decades?|jahrzehnte?n?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Decade();

    [GeneratedRegex(@"\b(months?|monate?n?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Month();

    [GeneratedRegex(@"\b(an?|ein(em|en|es)?) (year|jahr)", RegexOptions.IgnoreCase)]
    private static partial Regex OneYear();
}
