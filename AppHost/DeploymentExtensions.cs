namespace AppHost;

static class DeploymentExtensions
{
    /// <summary>Adds what <c>--deploy</c> asks for: the place that the published files are for.</summary>
    public static void AddDeployment(this IDistributedApplicationBuilder builder, AppHostSettings settings)
    {
        if (settings.Mode != AppMode.Publish) return;
        if (settings.Deploy == DeployTarget.Compose) builder.AddCompose();
        if (settings.Deploy == DeployTarget.Kubernetes)
            builder.AddKubernetesEnvironment("kubernetes").WithDashboard(false)
                // The default would keep the database in the pod and lose it with the pod.
                .WithProperties(cluster => (cluster.DefaultStorageType, cluster.DefaultStorageSize) = ("pvc", "10Gi"));
    }

    static void AddCompose(this IDistributedApplicationBuilder builder) => builder
        .AddDockerComposeEnvironment("compose")
        .WithDashboard(false)
        .ConfigureComposeFile(file =>
        {
            foreach (var service in file.Services.Values) service.Restart = "unless-stopped";
            var agent = file.Services["agent"];
            // The published .env leaves these empty; 'aspire deploy' fills them in, 'docker compose up' alone does not.
            agent.Image = "${AGENT_IMAGE:-agent:latest}";
            agent.Environment["HTTP_PORTS"] = "8080";
            agent.Ports = ["${AGENT_PORT:-8080}:8080"];
            // Nothing stands before it: whom X-Forwarded-For names would be the client's choice, and with it the limits per address.
            agent.Environment["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "false";
            if (!file.Services.TryGetValue("postgres", out var postgres)) return;
            // Over TCP: while the image initializes itself, it answers on its socket only.
            postgres.Healthcheck = new()
            {
                Test = ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U postgres -d agentdb"],
                Interval = "2s",
                Timeout = "2s",
                StartPeriod = "30s",
                Retries = 15,
            };
            agent.DependsOn["postgres"].Condition = "service_healthy";
        });
}
