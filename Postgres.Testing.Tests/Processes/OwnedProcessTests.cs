using System.Diagnostics;
using System.Globalization;

namespace Postgres.Testing.Tests.Processes;

public class OwnedProcessTests
{
    readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_exit_code_and_the_output_come_through()
    {
        List<string> lines = [];
        await using var process = OwnedProcess.Start(Shell("echo \"$0 | $1\"; exit 7", "a b", "c'd\""), lines.Add);
        Assert.Equal(7, await process.WaitForExitAsync(stop));
        Assert.Equal(["a b | c'd\""], lines);
    }

    [Fact]
    public async Task Disposing_ends_the_process_and_its_children()
    {
        TaskCompletionSource<string> children = new();
        await using (OwnedProcess.Start(Shell("sleep 600 & child=$!; sleep 601 & echo $$ $child $!; wait"), children.SetResult))
            await children.Task.WaitAsync(TimeSpan.FromSeconds(30), stop);
        await AllGoneAsync(await children.Task);
    }

    [Fact]
    public async Task A_child_that_ignores_the_request_is_killed()
    {
        TaskCompletionSource<string> child = new();
        await using (OwnedProcess.Start(Shell("trap '' TERM; echo $$; while :; do sleep 1; done"), child.SetResult))
            await child.Task.WaitAsync(TimeSpan.FromSeconds(30), stop);
        await AllGoneAsync(await child.Task);
    }

    [Fact]
    public async Task A_child_that_outlives_its_parent_is_gone_when_the_disposal_ends()
    {
        TaskCompletionSource<string> child = new();
        await using (OwnedProcess.Start(Shell("(trap '' TERM; exec sleep 600 >/dev/null 2>&1) & echo $!; trap 'exit 0' TERM; wait"), child.SetResult))
            await child.Task.WaitAsync(TimeSpan.FromSeconds(30), stop);
        Assert.False(ServerProcesses.IsRunning(int.Parse(await child.Task, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Disposing_ends_also_what_has_hardly_begun()
    {
        for (var attempt = 0; attempt < 20; attempt++)
            await OwnedProcess.Start(new ProcessStartInfo("sleep", ["600"])).DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), stop);
    }

    [Fact]
    public async Task A_kill_of_the_owners_process_group_ends_the_process_and_its_children()
    {
        if (Executables.Find("setsid") is not { } setsid) { Assert.Skip("needs setsid, to make a process group to kill"); return; }
        var note = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(setsid, [Path.Combine(AppContext.BaseDirectory, "Postgres.Testing.Tests"), "-explicit", "only", "-noColor", "-class", typeof(OwnedProcessSample).FullName!])
            {
                RedirectStandardOutput = true,
                Environment = { [OwnedProcessSample.Note] = note },
            };
            using var owner = Process.Start(start)!;
            owner.OutputDataReceived += (_, _) => { };
            owner.BeginOutputReadLine();
            string ids = "";
            await Servers.Eventually.TrueAsync(async () => (ids = await File.ReadAllTextAsync(note, stop)).EndsWith('\n') || owner.HasExited, seconds: 60);
            Assert.False(owner.HasExited);
            Posix.Signal(-owner.Id, Posix.SigKill);
            await AllGoneAsync(ids.Trim());
        }
        finally
        {
            File.Delete(note);
        }
    }

    static ProcessStartInfo Shell(string script, params string[] arguments)
        => new("sh", ["-c", script, .. arguments]) { RedirectStandardOutput = true };

    async Task AllGoneAsync(string ids)
    {
        var deadline = Stopwatch.StartNew();
        while (ids.Split(' ').Any(id => IsRunning(int.Parse(id, CultureInfo.InvariantCulture))))
        {
            Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(30), $"of the processes {ids} some are still there");
            await Task.Delay(20, stop);
        }
    }

    static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
