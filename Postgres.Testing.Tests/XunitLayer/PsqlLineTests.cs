using Postgres.Testing.Xunit;

namespace Postgres.Testing.Tests.XunitLayer;

public class PsqlLineTests
{
    [Fact]
    public void A_socket_needs_no_port_and_no_password() => Assert.Equal(
        "psql \"host=/tmp/pg dbname=postgres user=postgres options=-csearch_path=test_1,extensions\"",
        PsqlLine.For("Host=/tmp/pg;Username=postgres;Database=postgres;Search Path=test_1,extensions"));

    [Fact]
    public void Spaces_and_quotes_reach_the_server_as_they_are() => Assert.Equal(
        """
        PGPASSWORD='it'\''s "x"' psql "host='/tmp/a b' port=5433 dbname=postgres user=postgres"
        """,
        PsqlLine.For("""Host=/tmp/a b;Port=5433;Username=postgres;Database=postgres;Password='it''s "x"'"""));
}
