using System.Globalization;

namespace Agent.Models.Offline.Facts;

/// <summary>Numbers as people write them, up to the length of a working life.</summary>
static class Numbers
{
    public const string Pattern = @"\d{1,2}([.,]\d)?|half an?|an? half|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
        + @"seventeen|eighteen|nineteen|twenty([ -](one|two|three|four|five|six|seven|eight|nine))?|thirty([ -]five)?|forty|"
        + @"halbe[ns]?|eineinhalb|anderthalb|ein(em|en|es)?|zwei|drei|vier|fünf|fuenf|sechs|sieben|acht|neun|zehn|elf|zwölf|dreizehn|vierzehn|fünfzehn|sechzehn|siebzehn|achtzehn|neunzehn|zwanzig|dreißig|an?";

    static readonly string[] English = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"];

    static readonly string[] German = ["null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
        "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn", "zwanzig"];

    public static double Parse(string text)
    {
        var word = text.Trim().ToLowerInvariant();
        if (double.TryParse(word.Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return number;
        if (word.Contains("half", StringComparison.Ordinal) || word.StartsWith("halbe", StringComparison.Ordinal))
            return 0.5;
        if (Array.IndexOf(English, word) is var english and >= 0)
            return english;
        if (Array.IndexOf(German, word.Replace("ue", "ü", StringComparison.Ordinal)) is var german and >= 0)
            return german;
        return word switch
        {
            "thirty" or "dreißig" => 30,
            "thirty five" or "thirty-five" => 35,
            "forty" => 40,
            "eineinhalb" or "anderthalb" => 1.5,
            _ when word.StartsWith("twenty", StringComparison.Ordinal) => 20 + Array.IndexOf(English, word[7..]),
            _ => 1,
        };
    }
}
