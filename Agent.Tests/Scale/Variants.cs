using Agent.Tests.Hosting;
using Agent.Tests.Memory;
using Agent.Tests.Security;

namespace Agent.Tests.Scale;

// The same suites again, on messages and vectors in 16 hash partitions by user …
public sealed class PartitionedTurnTests(PartitionedDatabases databases, AgentHosts hosts) : TurnTests(databases, hosts), IClassFixture<PartitionedDatabases>;

public sealed class PartitionedPagingTests(PartitionedDatabases databases, AgentHosts hosts) : PagingTests(databases, hosts), IClassFixture<PartitionedDatabases>;

public sealed class PartitionedRecallTests(PartitionedDatabases databases, AgentHosts hosts) : RecallTests(databases, hosts), IClassFixture<PartitionedDatabases>;

public sealed class PartitionedEmbeddingTests(PartitionedDatabases databases, AgentHosts hosts) : EmbeddingTests(databases, hosts), IClassFixture<PartitionedDatabases>;

public sealed class PartitionedAtomicityTests(PartitionedDatabases databases, AgentHosts hosts) : TurnAtomicityTests(databases, hosts), IClassFixture<PartitionedDatabases>;

public sealed class PartitionedForgetTests(PartitionedDatabases databases, AgentHosts hosts) : ForgetTests(databases, hosts), IClassFixture<PartitionedDatabases>;

public sealed class PartitionedRowLevelSecurityTests(PartitionedDatabases databases, AgentHosts hosts) : RowLevelSecurityTests(databases, hosts), IClassFixture<PartitionedDatabases>;

// … and on two replicas behind a round-robin.
public sealed class ReplicatedTurnTests(AgentDatabases databases, ReplicatedHosts hosts) : TurnTests(databases, hosts);

public sealed class ReplicatedPagingTests(AgentDatabases databases, ReplicatedHosts hosts) : PagingTests(databases, hosts);

public sealed class ReplicatedForgetTests(AgentDatabases databases, ReplicatedHosts hosts) : ForgetTests(databases, hosts);

public sealed class ReplicatedApiKeyTests(AgentDatabases databases, ReplicatedHosts hosts) : ApiKeyTests(databases, hosts);

public sealed class ReplicatedEveryEndpointTests(AgentDatabases databases, ReplicatedHosts hosts) : EveryEndpointTests(databases, hosts);
