using OpenTelemetry.Trace;

namespace ServiceDefaults;

/// <summary>Samples everything but the requests of probes, which come every few seconds and would bury the others.</summary>
sealed class HealthRequests : Sampler
{
    internal const string ReadyPath = "/health";
    internal const string AlivePath = "/alive";

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        foreach (var tag in samplingParameters.Tags ?? [])
        {
            if (tag is { Key: "url.path", Value: ReadyPath or AlivePath }) return new(SamplingDecision.Drop);
        }
        return new(SamplingDecision.RecordAndSample);
    }
}
