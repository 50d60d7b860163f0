namespace Agent.Tools;

/// <summary>A call that cannot be carried out; the message is for the model.</summary>
public sealed class ToolException(string message) : Exception(message);
