using System.Globalization;
using Npgsql;
using Postgres.Testing;

namespace Agent.Tests.Parity;

/// <summary>Vector operations and migrations give the same on every server; the vectors' truth is computed here.</summary>
public sealed class ParityTests(ParityServers servers) : IClassFixture<ParityServers>
{
    const int Dimensions = 16;
    const int Rows = 300;
    static readonly float[][] vectors = MakeVectors(Rows + 1);
    static readonly float[] query = vectors[Rows];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => ParityServers.Names;

    [Theory, MemberData(nameof(Names))]
    public async Task Every_distance_operator_computes_its_distance(string name)
    {
        await using var db = await LeaseAsync(name);
        var expected = new (string Operator, Func<float[], double> Distance)[]
        {
            ("<->", v => Math.Sqrt(v.Zip(query, (a, b) => ((double)a - b) * ((double)a - b)).Sum())),
            ("<#>", v => -Dot(v, query)),
            ("<=>", v => 1 - (Dot(v, query) / Math.Sqrt(Dot(v, v) * Dot(query, query)))),
            ("<+>", v => v.Zip(query, (a, b) => Math.Abs((double)a - b)).Sum()),
        };
        foreach (var (op, distance) in expected)
        {
            foreach (var vector in vectors.Take(25))
            {
                var actual = (double)(await ScalarAsync(db, $"select $1::real[]::vector {op} $2::real[]::vector", vector, query))!;
                Assert.Equal(distance(vector), actual, 4);
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public async Task The_index_finds_what_an_exact_scan_finds(string name)
    {
        await using var db = await LeaseAsync(name);
        await FillAsync(db);
        await ScalarAsync(db, "create index on parity using hnsw (v vector_l2_ops)");
        var truth = vectors.Take(Rows).Select((v, id) => (id, d: v.Zip(query, (a, b) => (a - b) * (a - b)).Sum())).OrderBy(x => x.d).Take(10).Select(x => x.id);

        var exact = await IdsAsync(db, "set local enable_indexscan = off", "");
        var indexed = await IdsAsync(db, "set local enable_seqscan = off; set local hnsw.ef_search = 400", "");

        Assert.Equal(truth, exact);
        Assert.Equal(exact, indexed);
        var plan = await PlanAsync(db);
        Assert.Contains("parity_v_idx", plan, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task A_filter_does_not_starve_the_index(string name)
    {
        await using var db = await LeaseAsync(name);
        await FillAsync(db);
        await ScalarAsync(db, "create index on parity using hnsw (v vector_l2_ops)");
        var truth = vectors.Take(Rows).Select((v, id) => (id, d: v.Zip(query, (a, b) => (a - b) * (a - b)).Sum()))
            .Where(x => x.id % 20 == 7).OrderBy(x => x.d).Take(10).Select(x => x.id);

        var found = await IdsAsync(db, "set local enable_seqscan = off; set local hnsw.iterative_scan = strict_order; set local hnsw.ef_search = 100", "where id % 20 = 7");

        Assert.Equal(truth, found);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task What_is_no_vector_or_has_no_angle_is_answered_alike(string name)
    {
        await using var db = await LeaseAsync(name);

        Assert.Equal(double.NaN, await ScalarAsync(db, "select '[0,0]'::vector <=> '[1,1]'::vector"));
        Assert.Equal(0d, await ScalarAsync(db, "select '[0,0]'::vector <-> '[0,0]'::vector"));
        Assert.Equal(PostgresErrorCodes.DataException, await ErrorAsync(db, "select array['NaN'::real, 1]::vector"));
        Assert.Equal(PostgresErrorCodes.DataException, await ErrorAsync(db, "select array['Infinity'::real, 1]::vector"));
        Assert.Equal(PostgresErrorCodes.DataException, await ErrorAsync(db, "select '[NaN,1]'::vector"));
        Assert.Equal(PostgresErrorCodes.DataException, await ErrorAsync(db, "select '[1,2]'::vector <-> '[1,2,3]'::vector"));
        Assert.Equal(PostgresErrorCodes.DataException, await ErrorAsync(db, "select '[1,2]'::vector(3)"));
        Assert.Equal(PostgresErrorCodes.DataException, await ErrorAsync(db, "select '[]'::vector"));
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Migrations_make_the_same_schema(string name)
    {
        await using var reference = await LeaseAsync(ParityServers.Embedded);
        await using var db = await LeaseAsync(name);

        var schema = await CatalogueAsync(db);

        Assert.Contains("vectors", schema, StringComparison.Ordinal);
        Assert.Equal(await CatalogueAsync(reference), schema);
    }

    async Task<TestDatabase> LeaseAsync(string name)
        => await (await servers.GetAsync(name)).Databases.LeaseAsync(TestContext.Current.Test!.TestDisplayName, Token);

    static async Task FillAsync(TestDatabase db)
    {
        await ScalarAsync(db, $"create table parity (id int primary key, v vector({Dimensions}))");
        for (var id = 0; id < Rows; id++) await ScalarAsync(db, "insert into parity values ($1, $2::real[]::vector)", id, vectors[id]);
    }

    static async Task<int[]> IdsAsync(TestDatabase db, string settings, string filter)
    {
        await using var connection = await db.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var set = new NpgsqlCommand(settings, connection)) await set.ExecuteNonQueryAsync(Token);
        await using var select = new NpgsqlCommand($"select id from parity {filter} order by v <-> $1::real[]::vector limit 10", connection) { Parameters = { new() { Value = query } } };
        var ids = new List<int>();
        await using var reader = await select.ExecuteReaderAsync(Token);
        while (await reader.ReadAsync(Token)) ids.Add(reader.GetInt32(0));
        return [.. ids];
    }

    static async Task<string> PlanAsync(TestDatabase db)
    {
        await using var connection = await db.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using (var set = new NpgsqlCommand("set local enable_seqscan = off", connection)) await set.ExecuteNonQueryAsync(Token);
        var literal = $"[{string.Join(',', query.Select(x => x.ToString(CultureInfo.InvariantCulture)))}]";
        await using var explain = new NpgsqlCommand($"explain select id from parity order by v <-> '{literal}' limit 10", connection);
        await using var reader = await explain.ExecuteReaderAsync(Token);
        var plan = "";
        while (await reader.ReadAsync(Token)) plan += reader.GetString(0) + "\n";
        return plan;
    }

    // Every column, constraint, index and policy of the unit, without the unit's own name.
    static async Task<string> CatalogueAsync(TestDatabase db)
    {
        var text = (string)(await ScalarAsync(db, """
            with here as (select to_regnamespace(format('%I', $1))::oid as oid)
            select string_agg(line, E'\n' order by line) from (
                select format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) as line
                from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum, here
                where c.relnamespace = here.oid and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
                union all select format('constraint %s %s', conname, pg_get_constraintdef(c.oid)) from pg_constraint c, here where connamespace = here.oid and contype <> 'n'
                union all select format('index %s', indexdef) from pg_indexes where schemaname = $1
                union all select format('policy %s %s %s', tablename, policyname, qual) from pg_policies where schemaname = $1) lines
            """, db.SchemaName))!;
        return text.Replace(db.SchemaName, "unit", StringComparison.Ordinal);
    }

    static async Task<string> ErrorAsync(TestDatabase db, string sql)
        => (await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(db, sql))).SqlState;

    static async Task<object?> ScalarAsync(TestDatabase db, string sql, params object[] values)
    {
        await using var command = db.DataSource.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync(Token);
    }

    static double Dot(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();

    static float[][] MakeVectors(int count)
    {
        var random = new Random(20261120);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, Dimensions).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())];
    }
}
