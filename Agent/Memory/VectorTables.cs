using System.Text;
using Agent.Database;
using Agent.Models;
using Npgsql;

namespace Agent.Memory;

/// <summary>
/// Which table holds the vectors of which model. The first model of 1536 dimensions has <c>vectors</c>; another model or size gets a
/// table of its own, because vectors of two models never compare.
/// </summary>
public static class VectorTables
{
    /// <summary>The table of the first model.</summary>
    public const string First = "vectors";

    const int FirstDimensions = 1536;

    /// <summary>Most dimensions that an HNSW index takes.</summary>
    const int MaxDimensions = 2000;

    /// <summary>The table of the model. A schema in which no model is recorded yet gives it <see cref="First"/>, and records it.</summary>
    /// <exception cref="DatabaseConfigurationException">The vectors in the schema are another model's.</exception>
    public static async Task<string> FindAsync(AgentDatabase database, ModelInfo model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(model);
        await using (var connection = await database.DataSource.OpenConnectionAsync(cancellationToken))
        {
            var known = await ReadAsync(connection, cancellationToken);
            if (Find(known, model) is { IsComplete: true } found)
                return found.Table;
            if (known.Exists(k => k.IsComplete) || model.Dimensions != FirstDimensions)
                throw Refused(known, model);
        }
        try
        {
            return await EnsureFirstAsync(database, model, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // Where the login of the migrations is another one, only that one may record it, with 'reembed'.
            return First;
        }
    }

    /// <summary>What a start may do: give the first model its table. Another model's vectors are never left behind without a word.</summary>
    /// <returns>The table.</returns>
    /// <exception cref="DatabaseConfigurationException">The vectors in the schema are another model's.</exception>
    public static async Task<string> EnsureFirstAsync(AgentDatabase database, ModelInfo model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
        return await EnsureAsync(connection, database.Config, model, onlyFirst: true, cancellationToken);
    }

    /// <summary>Records the model and makes its table, once. It is taken for one that made the memory only after <see cref="CompleteAsync"/>,
    /// unless the table is the first one.</summary>
    /// <returns>The table.</returns>
    public static Task<string> EnsureAsync(
        NpgsqlConnection connection, DatabaseConfig config, ModelInfo model, CancellationToken cancellationToken = default)
        => EnsureAsync(connection, config, model, onlyFirst: false, cancellationToken);

    static async Task<string> EnsureAsync(
        NpgsqlConnection connection, DatabaseConfig config, ModelInfo model, bool onlyFirst, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(model);
        if (model.Dimensions is < 1 or > MaxDimensions)
            throw new DatabaseConfigurationException(
                $"The embedding model '{model.EmbeddingModel}' is configured with {model.Dimensions} dimensions; the vector index takes 1 to {MaxDimensions}. " +
                "Models of the text-embedding-3 family can be asked for fewer.");
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(Migrator.Lock, cancellationToken);
        var known = await ReadAsync(connection, cancellationToken);
        var existing = Find(known, model);
        if (existing is not null && (existing.IsComplete || !onlyFirst))
            return existing.Table;
        var isFirst = !known.Exists(k => k.IsComplete);
        if (onlyFirst && (existing is not null || !isFirst))
            throw Refused(known, model);

        var table = isFirst && model.Dimensions == FirstDimensions ? First : NameFor(model);
        // Two names may differ in nothing that an identifier shows.
        for (var (name, number) = (table, 2); known.Exists(k => k.Table == table); number++)
            table = $"{name}_{number}";
        if (table != First)
        {
            await connection.ExecuteAsync(await VectorTableScript.WriteAsync(connection, table, model.Dimensions, cancellationToken), cancellationToken);
            await RestrictedRole.GrantAsync(connection, config, cancellationToken);
        }
        await connection.ExecuteAsync("insert into embedding_models (model, dimensions, table_name, completed_at) values ($1, $2, $3, case when $4 then clock_timestamp() end)",
            cancellationToken, model.EmbeddingModel, model.Dimensions, table, onlyFirst || table == First);
        await transaction.CommitAsync(cancellationToken);
        return table;
    }

    /// <summary>Records that the model's table has all there is: from now on a service may start with it.</summary>
    public static async Task CompleteAsync(NpgsqlConnection connection, ModelInfo model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(model);
        // Not every login that may fill a table may write here.
        if (Find(await ReadAsync(connection, cancellationToken), model) is { IsComplete: true })
            return;
        await connection.ExecuteAsync("update embedding_models set completed_at = clock_timestamp() where model = $1 and dimensions = $2",
            cancellationToken, model.EmbeddingModel, model.Dimensions);
    }

    static Known? Find(List<Known> known, ModelInfo model)
        => known.Find(k => k.Model == model.EmbeddingModel && k.Dimensions == model.Dimensions);

    static DatabaseConfigurationException Refused(List<Known> known, ModelInfo model)
    {
        var made = known.FindAll(k => k.IsComplete);
        var begun = Find(known, model) is not null;
        return new((made.Count == 0
            ? $"The embedding model '{model.EmbeddingModel}' with {model.Dimensions} dimensions has {(begun ? "not made all vectors" : "no table")} yet. Run "
            : $"The memory was not made by the embedding model '{model.EmbeddingModel}' with {model.Dimensions} dimensions, but by " +
            $"{string.Join(", ", made.Select(k => $"'{k.Model}' with {k.Dimensions}"))}. Configure that one again, or run ") +
            $"'dotnet run --project Agent -- reembed'{(begun ? ", which has not finished" : "")}.");
    }

    static string NameFor(ModelInfo model)
    {
        var slug = new StringBuilder(First).Append('_');
        foreach (var c in model.EmbeddingModel.ToLowerInvariant().Take(32))
            slug.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        return slug.Append('_').Append(model.Dimensions).ToString();
    }

    static async Task<List<Known>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select model, dimensions, table_name, completed_at is not null from embedding_models order by created_at", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var known = new List<Known>();
        while (await reader.ReadAsync(cancellationToken))
            known.Add(new(reader.GetString(0), reader.GetInt32(1), reader.GetString(2), reader.GetBoolean(3)));
        return known;
    }

    sealed record Known(string Model, int Dimensions, string Table, bool IsComplete);
}
