using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Agent.Tests.Testing;

/// <summary>Keeps log lines with the scopes that they were written in.</summary>
sealed class ScopeRecorder : ILoggerProvider, ISupportExternalScope
{
    IExternalScopeProvider? scopes;

    public ConcurrentQueue<(string Message, string[] Scopes)> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Recorder(this);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    public void Dispose()
    {
    }

    sealed class Recorder(ScopeRecorder owner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => owner.scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var inside = new List<string>();
            owner.scopes?.ForEachScope((scope, list) =>
            {
                if (scope is IEnumerable<KeyValuePair<string, object>> pairs) list.AddRange(pairs.Select(pair => $"{pair.Key}={pair.Value}"));
            }, inside);
            owner.Lines.Enqueue((formatter(state, exception), [.. inside]));
        }
    }
}
