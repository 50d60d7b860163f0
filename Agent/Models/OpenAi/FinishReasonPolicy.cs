using System.ClientModel.Primitives;
using System.Text;
using System.Text.RegularExpressions;

namespace Agent.Models.OpenAi;

/// <summary>
/// Reads a finish reason that OpenAI does not have ("eos", "end_turn", an empty one) as "stop". The SDK throws at such a word, and with it
/// goes an answer that is complete.
/// </summary>
sealed partial class FinishReasonPolicy : PipelinePolicy
{
    public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        ProcessNext(message, pipeline, currentIndex);
        Wrap(message.Response);
    }

    public override async ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        await ProcessNextAsync(message, pipeline, currentIndex);
        Wrap(message.Response);
    }

    static void Wrap(PipelineResponse? response)
    {
        if (response is { ContentStream: { } stream } && response.Headers.TryGetValue("Content-Type", out var type)
            && type?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true)
            response.ContentStream = new Lines(stream);
    }

    /// <summary>The stream of events, line by line.</summary>
    sealed partial class Lines(Stream inner) : Stream
    {
        readonly byte[] chunk = new byte[8192];
        readonly List<byte> unfinished = [];
        ReadOnlyMemory<byte> ready;
        bool ended;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override bool CanTimeout => inner.CanTimeout;

        public override int ReadTimeout
        {
            get => inner.ReadTimeout;
            set => inner.ReadTimeout = value;
        }

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (ready.IsEmpty && !ended)
                Take(await inner.ReadAsync(chunk, cancellationToken));
            return Give(buffer.Span);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
            => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            while (ready.IsEmpty && !ended)
                Take(inner.Read(chunk));
            return Give(buffer.AsSpan(offset, count));
        }

        void Take(int read)
        {
            ended = read == 0;
            var whole = ended ? 0 : Array.LastIndexOf(chunk, (byte)'\n', read - 1) + 1;
            unfinished.AddRange(chunk.AsSpan(0, ended ? 0 : whole > 0 ? whole : read));
            if (!ended && whole == 0)
                return;
            ready = Mend([.. unfinished]);
            unfinished.Clear();
            if (!ended)
                unfinished.AddRange(chunk.AsSpan(whole, read - whole));
        }

        int Give(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, ready.Length);
            ready.Span[..count].CopyTo(buffer);
            ready = ready[count..];
            return count;
        }

        // Whole lines are whole characters. Within a text the quotes would be escaped: this is the property, not somebody's words.
        static byte[] Mend(byte[] lines) => lines.AsSpan().IndexOf("\"finish_reason\""u8) < 0 ? lines
            : Encoding.UTF8.GetBytes(Unknown().Replace(Encoding.UTF8.GetString(lines), "\"finish_reason\":\"stop\""));

        [GeneratedRegex("""
            "finish_reason"\s*:\s*"(?!(stop|length|content_filter|tool_calls|function_call)")[^"]*"
            """)]
        private static partial Regex Unknown();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
