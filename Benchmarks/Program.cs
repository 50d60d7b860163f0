using System.CommandLine;
using Benchmarks.Agents;
using Benchmarks.Habits;
using Benchmarks.Isolation;
using Benchmarks.Soak;

// Timed from its start, and a test process has no command line to parse.
if (args is [WorkerProcess.Command]) return await WorkerProcess.RunAsync(CancellationToken.None);

var agent = new Command(AgentProcess.Command) { Hidden = true };
agent.SetAction((_, token) => AgentProcess.RunAsync(token));

return await new RootCommand("Side-by-side measurements of what a clean database per test costs.")
{
    IsolationCommand.Create(),
    HabitsCommand.Create(),
    SoakCommand.Create(),
    AgentCommand.Create(),
    agent,
}.Parse(args).InvokeAsync();
