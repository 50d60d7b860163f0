namespace Postgres.Testing;

/// <summary>What keeps a test database from being had, in one message: what is wrong, with which value, and what mends it.</summary>
public sealed class PostgresTestingException : Exception
{
    /// <summary>Creates the exception with a message for people.</summary>
    public PostgresTestingException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with a message for people and what led to it.</summary>
    public PostgresTestingException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a message.</summary>
    public PostgresTestingException()
    {
    }
}
