namespace Agent.Memory;

/// <summary>Tables of vectors.</summary>
static class VectorTable
{
    /// <summary>The first one, of 1536 dimensions.</summary>
    public const string Default = "vectors";
}
