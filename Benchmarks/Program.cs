using System.CommandLine;
using Benchmarks.Agents;
using Benchmarks.Habits;
using Benchmarks.Isolation;
using Benchmarks.Soak;

var worker = new Command(WorkerProcess.Command) { Hidden = true };
worker.SetAction((_, token) => WorkerProcess.RunAsync(token));

var agent = new Command(AgentProcess.Command) { Hidden = true };
agent.SetAction((_, token) => AgentProcess.RunAsync(token));

return await new RootCommand("Side-by-side measurements of what a clean database per test costs.")
{
    IsolationCommand.Create(),
    HabitsCommand.Create(),
    SoakCommand.Create(),
    AgentCommand.Create(),
    worker,
    agent,
}.Parse(args).InvokeAsync();
