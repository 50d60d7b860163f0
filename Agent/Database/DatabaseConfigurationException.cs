namespace Agent.Database;

/// <summary>The database cannot be used as it is configured; the message names the setting that mends it.</summary>
public sealed class DatabaseConfigurationException(string message, Exception? innerException = null) : Exception(message, innerException);
