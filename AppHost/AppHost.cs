var builder = DistributedApplication.CreateBuilder(args);
builder.AddProject<Projects.Agent>("agent");
builder.Build().Run();
