using Agent.Models.Offline;
using Agent.Models.Offline.Text;
using Microsoft.Extensions.AI;

namespace Agent.Tests.Models;

/// <summary>Messages as long as the limit allows, of what rules look past: the offline model reads them in a moment, and not in minutes.</summary>
public class LongMessageTests
{
    const int Allowed = 16_000;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Rules that go wrong take hours for some of these; a loaded machine takes seconds for all.</summary>
    static readonly TimeSpan Hanging = TimeSpan.FromMinutes(2);

    static string Long(string piece) => string.Concat(Enumerable.Repeat(piece, Allowed / piece.Length));

    public static TheoryData<string> Pieces =>
    [
        "\n", " ", "\t", "-", "-=", ", ", "😀", "👩‍🚒 ", "\"", "'", "«a", "<", "<a>", "(", "a", "a ", "Aa ", "9 ", "I am ", "no\n", "ok\nnot ", "no, not ", "also ", "and then ", "just ", "forget my ", "from: a\n", "e.g. ", "5 years ",
    ];

    [Theory, MemberData(nameof(Pieces))]
    public async Task A_message_of_one_piece_is_read(string piece)
        => await ReadAsync(Long(piece));

    [Theory]
    [InlineData("hello", "I am a nurse")]
    [InlineData("", "x")]
    [InlineData("It's not ", "Ada")]
    public async Task A_message_with_a_gap_is_read(string start, string end)
        => await ReadAsync(start + Long("\n")[..^100] + end);

    [Fact]
    public async Task A_message_of_nothing_but_different_emoji_is_read()
        => await ReadAsync(string.Concat(Enumerable.Range(0, Allowed / 2).Select(i => char.ConvertFromUtf32(0x1F600 + (i * i % 61)))));

    [Fact]
    public void What_is_said_beside_long_runs_stays()
        => Assert.Equal("Hi!!!\n\nI'm Ada --- a nurse 😀😀😀 in Leeds... ok", Runs.Shorten("Hi!!!!!!!\r\n\r\n\r\n   I'm Ada -------- a nurse 😀😀😀😀😀😀    in Leeds...... ok"));

    [Fact]
    public async Task A_turn_that_is_out_of_time_ends_between_two_rules()
    {
        using var outOfTime = new CancellationTokenSource();
        using var model = new OfflineChatClient(new Clock(outOfTime.Cancel));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.GetResponseAsync([new(ChatRole.User, "I'm Ada, a nurse")], cancellationToken: outOfTime.Token));
    }

    /// <summary>Both as what is said and as the answer to a question, which has rules of its own.</summary>
    static async Task ReadAsync(string message)
    {
        foreach (var asked in (string?[])[null, "How many years of experience do you have?"])
            await Task.Run(() => OfflineModel.StoredAsync(message, new() { Name = "Ada", CurrentRole = "nurse", Location = "Leeds" }, asked), Cancellation).WaitAsync(Hanging, Cancellation);
    }

    /// <summary>The model asks it for the year before it reads.</summary>
    sealed class Clock(Action asked) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            asked();
            return base.GetUtcNow();
        }
    }
}
