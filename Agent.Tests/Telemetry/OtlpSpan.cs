using System.Text;

namespace Agent.Tests.Telemetry;

/// <summary>A span as it travels in an <c>ExportTraceServiceRequest</c>.</summary>
/// <param name="Source">The source's name.</param>
/// <param name="Name">Its name.</param>
/// <param name="TraceId">In hexadecimal digits.</param>
/// <param name="SpanId">In hexadecimal digits.</param>
/// <param name="ParentId">In hexadecimal digits; empty for the root of a trace.</param>
/// <param name="Content">The whole of it; texts of attributes can be found in it.</param>
sealed record OtlpSpan(string Source, string Name, string TraceId, string SpanId, string ParentId, string Content)
{
    // Field numbers of opentelemetry/proto/trace/v1/trace.proto.
    public static IEnumerable<OtlpSpan> Parse(byte[] request) =>
        from resource in Messages(request, 1)
        from scope in Messages(resource, 2)
        from span in Messages(scope, 2)
        select new OtlpSpan(
            Text(Messages(Messages(scope, 1).FirstOrDefault([]), 1)), Text(Messages(span, 5)),
            Hex(Messages(span, 1)), Hex(Messages(span, 2)), Hex(Messages(span, 4)), Encoding.UTF8.GetString(span));

    static string Text(IEnumerable<byte[]> values) => Encoding.UTF8.GetString(values.FirstOrDefault([]));

    static string Hex(IEnumerable<byte[]> values) => Convert.ToHexStringLower(values.FirstOrDefault([]));

    /// <summary>The length-delimited values of one field of a protobuf message.</summary>
    static List<byte[]> Messages(byte[] message, int field)
    {
        var values = new List<byte[]>();
        for (ReadOnlySpan<byte> rest = message; !rest.IsEmpty;)
        {
            var tag = Varint(ref rest);
            var length = (tag & 7) switch { 0 => 0, 1 => 8, 2 => (int)Varint(ref rest), 5 => 4, var type => throw new InvalidDataException($"wire type {type}") };
            if ((tag & 7) == 0) _ = Varint(ref rest);
            if ((tag & 7) == 2 && tag >> 3 == (ulong)field) values.Add(rest[..length].ToArray());
            rest = rest[length..];
        }
        return values;
    }

    static ulong Varint(ref ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = rest[0];
            rest = rest[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
    }
}
