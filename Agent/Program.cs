using Agent;
using Agent.Testing;
using ServiceDefaults;

// The page's files lie beside the assembly, so that the service can be started from any folder.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions
{
    Args = args,
    WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot"),
});
builder.AddServiceDefaults();
builder.AddAgent();
builder.AddTestLeases();
var app = builder.Build();

switch (args.FirstOrDefault(a => !a.StartsWith('-')))
{
    case "migrate":
        return await Commands.MigrateAsync(app);
    case "reembed":
        return await Commands.ReembedAsync(app);
    case null:
        break;
    case var unknown:
        return Commands.Unknown(unknown);
}

if (await Commands.PrepareAsync(app) is not 0 and var refused)
    return refused;
app.UseAgent();
app.MapDefaultEndpoints();
await app.RunAsync();
return 0;
