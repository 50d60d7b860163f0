using Agent.Database;
using Microsoft.Extensions.Configuration;

namespace Agent.Tests.Configuration;

public class DatabaseFactoryTests
{
    const string Connection = "Host=db;Username=agent;Password=s3cret";

    static IConfiguration With(params (string Name, string Value)[] settings)
        => new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value)).Build();

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    [InlineData("Development")]
    [InlineData("Test")]
    public void No_environment_falls_back_when_its_connection_string_is_missing(string environment)
    {
        // Strings under other names are somebody else's.
        var error = Assert.Throws<DatabaseConfigurationException>(() => DatabaseFactory.CreateConfig(environment, configuration: With(
            ("ConnectionStrings:default", Connection), ("ConnectionStrings:agentdb-test", Connection), ("DATABASE_URL", Connection))));
        Assert.Contains("ConnectionStrings__agentdb", error.Message);
        Assert.Contains(environment, error.Message);
    }

    [Theory]
    [InlineData("Production", DatabaseType.Production)]
    [InlineData("Staging", DatabaseType.Production)]
    [InlineData("development", DatabaseType.Development)]
    [InlineData("Test", DatabaseType.Test)]
    [InlineData("Testing", DatabaseType.Test)]
    public void The_environment_decides_the_type(string environment, DatabaseType type)
        => Assert.Equal(type, DatabaseFactory.CreateConfig(environment, configuration: With(("ConnectionStrings:agentdb", Connection))).Type);

    [Fact]
    public void Production_takes_its_settings_literally()
    {
        var config = DatabaseFactory.CreateConfig("Production", configuration: With(
            ("ConnectionStrings:agentdb", Connection), ("Database:Schema", "Career"), ("Database:MinPoolSize", "3"),
            ("Database:MaxPoolSize", "40"), ("Database:Partitions", "16"), ("Database:Role", "app")));
        Assert.Equal(new DatabaseConfig
        {
            ConnectionString = Connection,
            SchemaName = "Career",
            MinPoolSize = 3,
            MaxPoolSize = 40,
            Partitions = 16,
            Role = "app",
        }, config);
    }

    [Fact]
    public void A_test_takes_the_lease_that_it_is_given()
    {
        var settings = With(("ConnectionStrings:agentdb", Connection), ("Database:Schema", "agent"));
        Assert.Equal("unit_7", DatabaseFactory.CreateConfig("Test", "unit_7", settings).SchemaName);
    }

    [Fact]
    public void A_test_finds_its_schema_in_the_leased_connection_string()
        => Assert.Equal("unit_8", DatabaseFactory.CreateConfig("Test",
            configuration: With(("ConnectionStrings:agentdb", Connection + ";Search Path='\"unit_8\",extensions'"))).SchemaName);

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public void Only_a_test_has_a_test_id(string environment)
        => Assert.Contains("unit_7", Assert.Throws<DatabaseConfigurationException>(
            () => DatabaseFactory.CreateConfig(environment, "unit_7", With(("ConnectionStrings:agentdb", Connection)))).Message);

    [Fact]
    public void An_explicit_configuration_always_wins()
    {
        var mine = new DatabaseConfig { ConnectionString = "Host=mine", SchemaName = "mine" };
        foreach (var environment in new[] { "Production", "Development", "Test" })
            Assert.Same(mine, DatabaseFactory.CreateConfig(environment, "other", With(("ConnectionStrings:agentdb", Connection)), mine));
    }

    [Fact]
    public void A_connection_string_that_cannot_be_read_is_not_repeated()
    {
        var error = Assert.Throws<DatabaseConfigurationException>(
            () => DatabaseFactory.CreateConfig("Production", configuration: With(("ConnectionStrings:agentdb", "Host=db;Passwort=s3cret"))));
        Assert.DoesNotContain("s3cret", error.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("äääääääääääääääääääääääääääääääää")]
    public void A_schema_that_Postgres_would_cut_or_refuse_is_refused_here(string schema)
        => Assert.Throws<DatabaseConfigurationException>(
            () => DatabaseFactory.CreateConfig("Test", schema, With(("ConnectionStrings:agentdb", Connection))));

    [Theory]
    [InlineData("-1", "10", "0")]
    [InlineData("11", "10", "0")]
    [InlineData("0", "0", "0")]
    [InlineData("0", "10", "-1")]
    public void Limits_that_make_no_sense_are_refused(string min, string max, string partitions)
        => Assert.Throws<DatabaseConfigurationException>(() => DatabaseFactory.CreateConfig("Production", configuration: With(
            ("ConnectionStrings:agentdb", Connection), ("Database:MinPoolSize", min), ("Database:MaxPoolSize", max), ("Database:Partitions", partitions))));
}
