using System.Globalization;

namespace Postgres.Testing;

/// <summary>Finds out what a machine lacks for embedded servers, and installs it where that can be done.</summary>
public static class PostgresSetup
{
    /// <summary>Makes sure that a PostgreSQL with pgvector is installed. Does nothing, quickly, when one is.</summary>
    /// <remarks>On Debian and Ubuntu it installs packages: as root, or through sudo where that asks for no password.</remarks>
    /// <param name="progress">Called with one line for each step.</param>
    /// <param name="confirm">Asked before anything is installed; false declines.</param>
    /// <param name="cancellationToken">Ends it; what was begun is finished by the next call.</param>
    /// <exception cref="PostgresTestingException">It cannot be installed from here: the message has the exact commands.</exception>
    public static async Task EnsureAsync(Action<string> progress, Func<string, bool> confirm, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(progress);
        ArgumentNullException.ThrowIfNull(confirm);
        var installed = PostgresBinaries.FindAll();
        if (installed.Any(found => found.VectorVersion is not null)) return;
        if (Environment.GetEnvironmentVariable("PG_BIN") is { Length: > 0 }) PostgresBinaries.Find(); // tells what is wrong with it
        progress("No PostgreSQL with pgvector was found on this machine.");
        var machine = await Machine.InspectAsync(cancellationToken).ConfigureAwait(false);
        if (machine.HasApt && (machine.IsRoot || machine.CanSudo))
        {
            await InstallAsync(machine, installed, progress, confirm, cancellationToken).ConfigureAwait(false);
            return;
        }
        var plan = SetupPlan.For(machine, installed);
        throw new PostgresTestingException(plan.IsAutomatic
            ? $"PostgreSQL with pgvector has to be installed by root, and sudo asks for a password here. To {plan.Summary}, run:\n\n  {Doctor.AsRoot(plan)}\n"
            : $"PostgreSQL with pgvector has to be installed. {plan.Summary} Run:\n\n{plan.Commands}\n");
    }

    /// <summary>Makes sure that a Chromium is installed for tests in a browser. Says so, and returns, where it cannot.</summary>
    /// <param name="progress">Called with one line for each step.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Full path of the browser; null when there is none.</returns>
    public static async Task<string?> EnsureChromiumAsync(Action<string> progress, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(progress);
        if (FindChromium() is { } found) return found;
        var machine = await Machine.InspectAsync(cancellationToken).ConfigureAwait(false);
        // Ubuntu's package only points to a snap.
        if (machine.Kind == MachineKind.Debian && (machine.IsRoot || machine.CanSudo))
        {
            var (code, output) = await RunScriptAsync(machine, AptScript.InstallFirst("chromium-headless-shell", "chromium"), progress, cancellationToken).ConfigureAwait(false);
            if (code == 0 && FindChromium() is { } installed) return installed;
            progress($"Chromium could not be installed: {LastLine(output)}");
        }
        progress($"No Chromium: tests in a browser are skipped. To enable them: {ChromiumCommand(machine.Kind)}");
        return null;
    }

    /// <summary>Looks for everything that the commands of this project need.</summary>
    /// <param name="aspireRestores">Whether the Aspire packages restore from this machine's feed.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    public static async Task<IReadOnlyList<Finding>> InspectAsync(bool aspireRestores, CancellationToken cancellationToken = default)
    {
        var machine = await Machine.InspectAsync(cancellationToken).ConfigureAwait(false);
        return [.. await Doctor.ExamineAsync(machine, PostgresBinaries.FindAll(), aspireRestores, cancellationToken).ConfigureAwait(false)];
    }

    /// <summary>Removes cached clusters and what servers left whose owners were killed; leaves running ones alone.</summary>
    /// <returns>The files and folders that were removed.</returns>
    public static IReadOnlyList<string> Clean()
    {
        var removed = Leftovers.Sweep(ServerFolder.Places(null), ServerAccount.Current).ToList();
        if (CacheFolder.Find(null) is not { } cache) return removed;
        foreach (var file in Directory.GetFiles(cache, "*.pack*").Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            File.Delete(file);
            removed.Add(file);
        }
        return removed;
    }

    /// <summary>Full path of an installed Chromium, Chrome or Edge; null when there is none. The shell without a window comes first: it is the same
    /// engine, and takes a third of the processor time.</summary>
    public static string? FindChromium()
        => ((string[])["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"]).Select(Executables.Find).FirstOrDefault(path => path is not null)
            ?? ((string[])["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
                @"C:\Program Files\Google\Chrome\Application\chrome.exe"]).FirstOrDefault(File.Exists);

    internal static string ChromiumCommand(MachineKind kind) => kind switch
    {
        MachineKind.Debian => "sudo apt-get install -y --no-install-recommends chromium-headless-shell",
        MachineKind.Ubuntu => "sudo snap install chromium",
        MachineKind.Fedora or MachineKind.RedHat => "sudo dnf install -y chromium",
        MachineKind.Suse => "sudo zypper install -y chromium",
        MachineKind.Arch => "sudo pacman -S --needed chromium",
        MachineKind.Alpine => "apk add chromium",
        MachineKind.MacOS => "brew install --cask chromium",
        MachineKind.Windows => "winget install --exact --id Google.Chrome",
        _ => "install Chromium so that 'chromium' is in PATH",
    };

    static async Task InstallAsync(Machine machine, IReadOnlyList<PostgresBinaries> installed, Action<string> progress, Func<string, bool> confirm, CancellationToken cancellationToken)
    {
        if (!confirm($"Shall it be installed from the package archive of {machine.Name}?"))
            throw new PostgresTestingException($"Nothing was installed. To do it by hand: {Doctor.PostgresCommand(machine, installed)}");
        await RunScriptAsync(machine, AptScript.Update, progress, cancellationToken).ConfigureAwait(false);
        machine = await Machine.InspectAsync(cancellationToken).ConfigureAwait(false);
        var plan = SetupPlan.For(machine, installed);
        if (!plan.IsAutomatic) throw new PostgresTestingException($"PostgreSQL with pgvector has to be installed by hand. {plan.Summary} Run:\n\n{plan.Commands}\n");
        progress($"Going to {plan.Summary}.");
        var (code, output) = await RunScriptAsync(machine, plan.Commands, progress, cancellationToken).ConfigureAwait(false);
        if (code != 0)
            throw new PostgresTestingException(string.Create(CultureInfo.InvariantCulture, $"The set-up of PostgreSQL failed (exit code {code}). Its last lines:\n")
                + string.Join('\n', output.TrimEnd().Split('\n').TakeLast(12).Select(line => "  " + line)));
        if (!PostgresBinaries.FindAll().Any(found => found.VectorVersion is not null)) PostgresBinaries.Find();
    }

    static Task<(int ExitCode, string Output)> RunScriptAsync(Machine machine, string script, Action<string> progress, CancellationToken cancellationToken)
        => Shell.RunAsync(machine.IsRoot ? ["/bin/sh", "-c", script] : ["sudo", "-n", "/bin/sh", "-c", script],
            line => { if (line.StartsWith("==> ", StringComparison.Ordinal)) progress(line[4..]); }, cancellationToken);

    static string LastLine(string output) => output.TrimEnd().Split('\n')[^1];

    static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
