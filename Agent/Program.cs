using Agent;
using Agent.Database;
using Agent.Testing;
using ServiceDefaults;

if (Commands.Find(args) is not { } command)
    return Commands.WrongUsage(args);
// The page's files lie beside the assembly, so that the service can be started from any folder.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions
{
    Args = args,
    WebRootPath = Path.Combine(AppContext.BaseDirectory, "wwwroot"),
});
builder.AddServiceDefaults();
try
{
    builder.AddAgent();
}
catch (DatabaseConfigurationException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
builder.AddTestLeases();
var app = builder.Build();

switch (command)
{
    case "migrate":
        return await Commands.MigrateAsync(app);
    case "reembed":
        return await Commands.ReembedAsync(app);
}

if (await Commands.PrepareAsync(app) is not 0 and var refused)
    return refused;
app.UseAgent();
app.MapDefaultEndpoints();
var addresses = app.Configuration["urls"] ?? "its address";
try
{
    await app.RunAsync();
    return 0;
}
catch (Exception e) when (Commands.CannotListen(e))
{
    Console.Error.WriteLine($"The service cannot listen on {addresses}: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Set ASPNETCORE_URLS, or --urls=http://localhost:5080, to one that is free.");
    return 1;
}
