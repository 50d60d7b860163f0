using AppHost;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Agent.Tests.Aspire;

/// <summary>The model as it is built, without starting anything: neither orchestrator nor container runtime is needed.</summary>
public sealed class ModelTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_test_mode_the_database_is_a_container_whose_data_is_thrown_away()
    {
        await using var model = await BuildAsync("--mode=test");

        var postgres = Assert.IsType<PgVectorResource>(model.Get("postgres"));
        var image = Assert.Single(postgres.Annotations.OfType<ContainerImageAnnotation>());
        Assert.Equal(("docker.io", "pgvector/pgvector", "pg17"), (image.Registry, image.Image, image.Tag));
        Assert.Contains("fsync=off", await ArgumentsAsync(model, postgres));
        Assert.Contains("--tmpfs", await RuntimeArgumentsAsync(postgres));
        Assert.Empty(postgres.Annotations.OfType<ContainerMountAnnotation>());
        Assert.Empty(postgres.Annotations.OfType<ContainerLifetimeAnnotation>());
        Assert.All(postgres.Annotations.OfType<EndpointAnnotation>(), endpoint => Assert.Null(endpoint.Port));
        Assert.DoesNotContain(model.Resources, resource => resource is global::Aspire.Hosting.Postgres.PgAdminContainerResource);
    }

    [Fact]
    public async Task In_test_mode_with_an_embedded_database_nothing_needs_a_container()
    {
        await using var model = await BuildAsync("--mode=test", "--database=embedded");

        Assert.IsType<EmbeddedPostgresResource>(model.Get("postgres"));
        Assert.IsType<EmbeddedPostgresDatabaseResource>(model.Get("agentdb"));
        Assert.DoesNotContain(model.Resources, resource => resource is ContainerResource);
    }

    [Fact]
    public async Task In_test_mode_with_an_external_database_only_the_connection_string_is_there()
    {
        await using var model = await BuildAsync("--mode=test", "--database=external", "ConnectionStrings:agentdb=Host=elsewhere");

        Assert.DoesNotContain(model.Resources, resource => resource is ContainerResource or ExecutableResource { Name: "postgres" });
        var agentdb = Assert.IsAssignableFrom<IResourceWithConnectionString>(model.Get("agentdb"));
        Assert.Equal("Host=elsewhere", await agentdb.GetConnectionStringAsync(Token));
    }

    [Fact]
    public async Task In_run_mode_the_container_keeps_its_data_and_pgAdmin_waits_to_be_started()
    {
        await using var model = await BuildAsync("--database=container");

        var postgres = model.Get("postgres");
        var mount = Assert.Single(postgres.Annotations.OfType<ContainerMountAnnotation>());
        Assert.Equal((ContainerMountType.Volume, "/var/lib/postgresql/data"), (mount.Type, mount.Target));
        Assert.DoesNotContain("fsync=off", await ArgumentsAsync(model, postgres));
        Assert.Empty(await RuntimeArgumentsAsync(postgres));
        Assert.NotEmpty(model.Get("pgadmin").Annotations.OfType<ExplicitStartupAnnotation>());
    }

    [Theory]
    [InlineData("container")]
    [InlineData("embedded")]
    [InlineData("external")]
    public async Task The_agent_refers_to_agentdb_and_waits_for_it_whatever_it_is(string database)
    {
        await using var model = await BuildAsync("--mode=test", $"--database={database}", "ConnectionStrings:agentdb=Host=elsewhere");

        var agent = Assert.IsType<ProjectResource>(model.Get("agent"));
        var agentdb = model.Get("agentdb");
        Assert.Contains(agent.Annotations.OfType<WaitAnnotation>(), wait => wait.Resource == agentdb && wait.WaitType == WaitType.WaitUntilHealthy);
        Assert.Contains(agent.Annotations.OfType<ResourceRelationshipAnnotation>(), reference => reference.Resource == agentdb && reference.Type == "Reference");
        Assert.NotEmpty(agent.Annotations.OfType<HealthCheckAnnotation>());
        Assert.Contains(agent.Annotations.OfType<EndpointAnnotation>(), endpoint => endpoint is { UriScheme: "http", IsExternal: true });
    }

    [Theory]
    [InlineData("container")]
    [InlineData("embedded")]
    public async Task Server_and_database_are_healthy_only_by_the_extension(string database)
    {
        await using var model = await BuildAsync("--mode=test", $"--database={database}");

        foreach (var name in (string[])["postgres", "agentdb"])
            Assert.Equal([$"{name}_vector"], model.Get(name).Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key));
    }

    [Fact]
    public async Task All_faces_of_a_started_database_offer_the_same_connection_properties()
    {
        await using var container = await BuildAsync("--mode=test");
        await using var embedded = await BuildAsync("--mode=test", "--database=embedded");

        foreach (var name in (string[])["postgres", "agentdb"])
        {
            var properties = ((IResourceWithConnectionString)container.Get(name)).GetConnectionProperties().ToDictionary(p => p.Key, p => p.Value.ValueExpression);
            Assert.Equal(properties, ((IResourceWithConnectionString)embedded.Get(name)).GetConnectionProperties().ToDictionary(p => p.Key, p => p.Value.ValueExpression));
        }
    }

    [Fact]
    public async Task In_test_mode_the_agent_takes_leases_and_knows_no_model_key()
    {
        await using var model = await BuildAsync("--mode=test", "Parameters:openai-api-key=sk-secret");

        var environment = await EnvironmentAsync(model, "agent");
        Assert.Equal("Test", environment["ASPNETCORE_ENVIRONMENT"]);
        Assert.Equal("{test-lease-key.value}", environment["AGENT_TEST_LEASE_KEY"]);
        Assert.DoesNotContain("OPENAI_API_KEY", environment.Keys);
        var key = Assert.IsType<ParameterResource>(model.Get("test-lease-key"));
        Assert.True(key.Secret);
        Assert.True((await key.GetValueAsync(Token))!.Length >= 43);
    }

    [Fact]
    public async Task Each_boot_has_a_lease_key_of_its_own()
    {
        await using var one = await BuildAsync("--mode=test");
        await using var two = await BuildAsync("--mode=test");

        Assert.NotEqual(await ((ParameterResource)one.Get("test-lease-key")).GetValueAsync(Token), await ((ParameterResource)two.Get("test-lease-key")).GetValueAsync(Token));
    }

    [Fact]
    public async Task In_run_mode_there_is_no_way_to_take_a_lease()
    {
        await using var model = await BuildAsync("--database=embedded");

        var environment = await EnvironmentAsync(model, "agent");
        Assert.Equal("Development", environment["ASPNETCORE_ENVIRONMENT"]);
        Assert.DoesNotContain("AGENT_TEST_LEASE_KEY", environment.Keys);
        Assert.DoesNotContain(model.Resources, resource => resource.Name == "test-lease-key");
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("sk-secret", "sk-secret")]
    public async Task The_model_key_is_a_secret_that_may_be_absent(string? given, string value)
    {
        await using var model = await BuildAsync(["--database=embedded", .. given is null ? (string[])[] : [$"Parameters:openai-api-key={given}"]]);

        var key = Assert.IsType<ParameterResource>(model.Get("openai-api-key"));
        Assert.True(key.Secret);
        Assert.Equal(value, await key.GetValueAsync(Token));
        Assert.Equal("{openai-api-key.value}", (await EnvironmentAsync(model, "agent"))["OPENAI_API_KEY"]);
    }

    [Fact]
    public async Task Commands_are_for_a_developers_own_database_only()
    {
        string[] commands = ["reset", "snapshot", "restore", "psql"];
        await using var run = await BuildAsync("--database=embedded");
        await using var test = await BuildAsync("--mode=test");

        Assert.Equal(commands, run.Get("agentdb").Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name).Where(commands.Contains));
        Assert.DoesNotContain(test.Get("agentdb").Annotations.OfType<ResourceCommandAnnotation>(), command => commands.Contains(command.Name));
    }

    [Fact]
    public async Task A_warm_server_keeps_its_name_and_password_under_its_key_and_others_have_another()
    {
        await using var one = await BuildAsync("--mode=test", "--reuse=mine");
        await using var same = await BuildAsync("--mode=test", "--reuse=mine");
        await using var other = await BuildAsync("--mode=test", "--reuse=yours");

        static string Name(Model model) => model.Get("postgres").Annotations.OfType<ContainerNameAnnotation>().Single().Name;
        async Task<string?> PasswordAsync(Model model) => await ((PgVectorResource)model.Get("postgres")).PasswordParameter.GetValueAsync(Token);
        Assert.Equal(ContainerLifetime.Persistent, one.Get("postgres").Annotations.OfType<ContainerLifetimeAnnotation>().Single().Lifetime);
        Assert.Equal((Name(one), await PasswordAsync(one)), (Name(same), await PasswordAsync(same)));
        Assert.NotEqual(Name(one), Name(other));
        Assert.NotEqual(await PasswordAsync(one), await PasswordAsync(other));
    }

    [Theory]
    [InlineData("--mode=tests", "run, test, publish")]
    [InlineData("--database=docker", "container, embedded, external")]
    [InlineData("--deploy=azure", "manifest, compose, kubernetes")]
    [InlineData("--deploy=1", "manifest, compose, kubernetes")]
    public async Task A_choice_that_there_is_not_is_refused_with_those_that_there_are(string argument, string choices)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => BuildAsync(argument));
        Assert.Contains(choices, refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_of_the_environment_chooses_nothing()
    {
        Environment.SetEnvironmentVariable("DEPLOY", "true");
        try
        {
            await using var model = await BuildAsync("--mode=test");
        }
        finally
        {
            Environment.SetEnvironmentVariable("DEPLOY", null);
        }
    }

    static async Task<Model> BuildAsync(params string[] arguments)
        => new(await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(arguments, Token));

    static async Task<string[]> ArgumentsAsync(Model model, IResource resource)
    {
        var arguments = new List<object>();
        foreach (var callback in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
            await callback.Callback(new CommandLineArgsCallbackContext(arguments, resource, Token) { ExecutionContext = model.Builder.ExecutionContext });
        return [.. arguments.OfType<string>()];
    }

    static async Task<string[]> RuntimeArgumentsAsync(IResource resource)
    {
        var arguments = new List<object>();
        foreach (var callback in resource.Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>())
            await callback.Callback(new ContainerRuntimeArgsCallbackContext(arguments, Token));
        return [.. arguments.OfType<string>()];
    }

    static async Task<Dictionary<string, string>> EnvironmentAsync(Model model, string name)
    {
        var variables = new Dictionary<string, object>();
        var context = new EnvironmentCallbackContext(model.Builder.ExecutionContext, model.Get(name), variables, Token);
        foreach (var callback in model.Get(name).Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            try
            {
                await callback.Callback(context);
            }
            catch (InvalidOperationException)
            {
                // Some of Aspire's own need an endpoint that is allocated.
            }
        }
        return variables.ToDictionary(v => v.Key, v => v.Value switch
        {
            IManifestExpressionProvider expression => expression.ValueExpression,
            IResourceBuilder<ParameterResource> parameter => parameter.Resource.ValueExpression,
            _ => v.Value.ToString()!,
        });
    }

    sealed record Model(IDistributedApplicationTestingBuilder Builder) : IAsyncDisposable
    {
        public IResourceCollection Resources => Builder.Resources;

        public IResource Get(string name) => Builder.Resources.Single(resource => resource.Name == name);

        public ValueTask DisposeAsync() => Builder.DisposeAsync();
    }
}
