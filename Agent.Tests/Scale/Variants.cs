using Agent.Tests.Hosting;
using Agent.Tests.Memory;
using Agent.Tests.Security;

namespace Agent.Tests.Scale;

// The same suites again, on messages and vectors in 16 hash partitions by user …
public sealed class PartitionedTurnTests(AgentDatabases databases, AgentHosts hosts) : TurnTests(databases, hosts)
{
    protected override int Partitions => 16;
}

public sealed class PartitionedPagingTests(AgentDatabases databases, AgentHosts hosts) : PagingTests(databases, hosts)
{
    protected override int Partitions => 16;
}

public sealed class PartitionedRecallTests(AgentDatabases databases, AgentHosts hosts) : RecallTests(databases, hosts)
{
    protected override int Partitions => 16;
}

public sealed class PartitionedEmbeddingTests(AgentDatabases databases, AgentHosts hosts) : EmbeddingTests(databases, hosts)
{
    protected override int Partitions => 16;
}

public sealed class PartitionedAtomicityTests(AgentDatabases databases, AgentHosts hosts) : TurnAtomicityTests(databases, hosts)
{
    protected override int Partitions => 16;
}

public sealed class PartitionedForgetTests(AgentDatabases databases, AgentHosts hosts) : ForgetTests(databases, hosts)
{
    protected override int Partitions => 16;
}

public sealed class PartitionedRowLevelSecurityTests(AgentDatabases databases, AgentHosts hosts) : RowLevelSecurityTests(databases, hosts)
{
    protected override int Partitions => 16;
}

// … and on two replicas behind a round-robin.
public sealed class ReplicatedTurnTests(AgentDatabases databases, ReplicatedHosts hosts) : TurnTests(databases, hosts);

public sealed class ReplicatedPagingTests(AgentDatabases databases, ReplicatedHosts hosts) : PagingTests(databases, hosts);

public sealed class ReplicatedForgetTests(AgentDatabases databases, ReplicatedHosts hosts) : ForgetTests(databases, hosts);

public sealed class ReplicatedApiKeyTests(AgentDatabases databases, ReplicatedHosts hosts) : ApiKeyTests(databases, hosts);

public sealed class ReplicatedEveryEndpointTests(AgentDatabases databases, ReplicatedHosts hosts) : EveryEndpointTests(databases, hosts);
