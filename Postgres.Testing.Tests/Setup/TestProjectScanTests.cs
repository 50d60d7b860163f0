namespace Postgres.Testing.Tests.Setup;

public sealed class TestProjectScanTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("scan me ").FullName;

    [Theory]
    [InlineData("static readonly NpgsqlConnection Shared = Open();", "one connection")]
    [InlineData("private static NpgsqlDataSource? source;", "one connection")]
    [InlineData("const string ConnectionString = \"Host=db\";", "one connection")]
    [InlineData("var container = new PostgreSqlBuilder().Build();", "a server is started")]
    [InlineData("await using var source = NpgsqlDataSource.Create(text);", "a data source is made")]
    [InlineData("command.CommandText = \"select * from public.users\";", "a schema is named")]
    [InlineData("modelBuilder.HasDefaultSchema(\"app\");", "a schema is named")]
    [InlineData("new NpgsqlCommand(\"SET search_path TO app\", connection)", "the search path")]
    [InlineData("Thread.Sleep(500);", "a sleep")]
    [InlineData("await Task.Delay(100);", "a sleep")]
    [InlineData("\"Host=localhost;Port=5432;Username=app\"", "a fixed port")]
    [InlineData("[CollectionDefinition(\"db\", DisableParallelization = true)]", "kept from running in parallel")]
    [InlineData("await Run(\"TRUNCATE TABLE users CASCADE\");", "cleaned by hand")]
    [InlineData("await Run(\"delete from users\");", "cleaned by hand")]
    public void What_will_hurt_is_found_with_its_place(string line, string problem)
    {
        Write("Some Tests.cs", $"class A\n{{\n    {line}\n}}");
        var finding = Assert.Single(TestProjectScan.Scan(folder), finding => finding.Problem.Contains(problem, StringComparison.Ordinal));
        Assert.Equal(("Some Tests.cs", 3, line), (finding.File, finding.Line, finding.Text));
    }

    [Theory]
    [InlineData("// Thread.Sleep(500);")]
    [InlineData("Run(); // was: Thread.Sleep(500);")]
    [InlineData("/* Thread.Sleep(500);\n Thread.Sleep(500); */")]
    [InlineData("Say(\"Thread.Sleep(5) is slow\");")]
    [InlineData("Say($\"a \\\" Thread.Sleep(5)\");")]
    [InlineData("Say(@\"C:\\\"\"Thread.Sleep(5)\");")]
    [InlineData("Say(\"\"\"\n \"Thread.Sleep(5)\"\n \"\"\");")]
    [InlineData("Run(); // select * from public.users")]
    [InlineData("await using var command = Db.DataSource.CreateCommand(\"select * from users\");")]
    [InlineData("await using var connection = await Db.DataSource.OpenConnectionAsync(token);")]
    [InlineData("static string Name(NpgsqlConnection connection) => connection.Database;")]
    public void What_is_fine_is_left_alone(string line)
    {
        Write("Tests.cs", line);
        Assert.Empty(TestProjectScan.Scan(folder));
    }

    [Fact]
    public void A_project_is_scanned_with_its_folders_but_without_what_was_built()
    {
        Write("My.Tests.csproj", "<Project/>");
        Write("Deep/er/A.cs", "Thread.Sleep(1);");
        Write("obj/B.cs", "Thread.Sleep(1);");
        Assert.Equal(Path.Combine("Deep", "er", "A.cs"), Assert.Single(TestProjectScan.Scan(Path.Combine(folder, "My.Tests.csproj"))).File);
    }

    [Theory]
    [InlineData("Thread.Sleep(1); // \"")]
    [InlineData("if (c == '\"') Thread.Sleep(1);")]
    [InlineData("Say(\"http://x\"); Thread.Sleep(1);")]
    [InlineData("Say(@\"C:\\\"); Thread.Sleep(1);")]
    [InlineData("Say($\"\"\"{\"a\"}\"\"\"); Thread.Sleep(1);")]
    public void Code_beside_a_literal_or_comment_is_still_looked_at(string line)
    {
        Write("Tests.cs", line);
        Assert.Equal(line, Assert.Single(TestProjectScan.Scan(folder)).Text);
    }

    [Theory]
    [InlineData("All.sln")]
    [InlineData("All.slnx")]
    public void A_solution_stands_for_its_folder(string solution)
    {
        Write(solution, "");
        Write("Deep/A.cs", "Thread.Sleep(1);");
        Assert.Equal(Path.Combine("Deep", "A.cs"), Assert.Single(TestProjectScan.Scan(Path.Combine(folder, solution))).File);
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("Tests.dll")]
    [InlineData("Makefile")]
    public void A_file_of_another_kind_is_refused(string file)
    {
        Write(file, "Thread.Sleep(1);");
        var refusal = Assert.Throws<PostgresTestingException>(() => TestProjectScan.Scan(Path.Combine(folder, file))).Message;
        Assert.Contains(file, refusal, StringComparison.Ordinal);
        Assert.Contains(".slnx", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_without_a_project_is_named()
        => Assert.Contains("no-such.csproj", Assert.Throws<PostgresTestingException>(() => TestProjectScan.Scan("no-such.csproj")).Message, StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    void Write(string file, string text)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
