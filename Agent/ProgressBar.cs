using System.Diagnostics;
using System.Globalization;

namespace Agent;

/// <summary>Progress on the console: a bar in a terminal, a line every tenth of the way elsewhere.</summary>
sealed class ProgressBar(string what, TextWriter output, bool isTerminal) : IProgress<(long Done, long Total)>
{
    const int Width = 30;
    readonly long started = Stopwatch.GetTimestamp();
    long lastTenth = -1;

    public void Report((long Done, long Total) value)
    {
        var (done, total) = value;
        var share = total == 0 ? 1 : (double)done / total;
        var text = string.Create(CultureInfo.InvariantCulture, $"{share,4:0%} {done} of {total} {what}{Left(share, done)}");
        if (isTerminal)
        {
            var filled = (int)(share * Width);
            output.Write($"\r[{new string('#', filled)}{new string('-', Width - filled)}] {text}   {(done == total ? "\n" : "")}");
        }
        else if ((long)(share * 10) is var tenth && tenth > lastTenth)
        {
            lastTenth = tenth;
            output.WriteLine(text);
        }
    }

    string Left(double share, long done)
        => done == 0 || share >= 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", {Stopwatch.GetElapsedTime(started).TotalSeconds * (1 - share) / share:0} s left");
}
