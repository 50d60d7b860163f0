namespace ServiceDefaults;

/// <summary>Telemetry and health endpoints that every service of the application has.</summary>
public static class Extensions;
