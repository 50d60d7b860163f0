namespace Postgres.Testing;

/// <summary>How a dirty table gets its recorded rows back.</summary>
enum ResetWay
{
    /// <summary>DELETE while it is small, TRUNCATE when dead rows would cost every scan.</summary>
    Delete,

    /// <summary>TRUNCATE, with the tables that refer to it, and their seeds again.</summary>
    Truncate,

    /// <summary>Nothing gives exactly the recorded state: the unit is rebuilt.</summary>
    Taint,
}

/// <summary>What to do with which table of a catalogue, and how it shows that there is something to do.</summary>
sealed class ResetPlan
{
    readonly Dictionary<uint, Table> byOid;
    readonly Dictionary<uint, Table[]> familyOf;
    readonly Dictionary<uint, int> depthOf;
    readonly Dictionary<uint, int> indexOf;
    readonly bool replica;

    public ResetPlan(Catalogue catalogue, bool replica)
    {
        this.replica = replica;
        Tables = catalogue.Tables;
        byOid = Tables.ToDictionary(t => t.Oid);
        depthOf = Tables.Select((t, i) => (t.Oid, i)).ToDictionary();
        familyOf = FindFamilies(Tables, byOid);
        // A refill finds the rows that it refers to: parents first. Then what is left to delete: children first.
        var deleted = Tables.Where(t => WayOf(t) == ResetWay.Delete).ToList();
        Tables = [.. Tables.Except(deleted).Reverse(), .. deleted];
        indexOf = Tables.Select((t, i) => (t.Oid, i)).ToDictionary();
        SeededFamilies = [.. familyOf.Values.Distinct().Where(f => f.Any(t => t.Seeded))];
    }

    /// <summary>Whether rows are written beside triggers and foreign keys.</summary>
    public bool IsReplica => replica;

    /// <summary>All tables, in the order in which they are reset. A table goes by its index in here.</summary>
    public IReadOnlyList<Table> Tables { get; }

    /// <summary>Seeded tables, each with its partitions, parents and children: a statement on one of them may write to others.</summary>
    public IReadOnlyList<Table[]> SeededFamilies { get; }

    /// <summary>Tables that refer to others before those.</summary>
    public IEnumerable<Table> ChildrenFirst(IEnumerable<Table> tables) => tables.OrderBy(t => depthOf[t.Oid]);

    public IEnumerable<Table> ParentsFirst(IEnumerable<Table> tables) => tables.OrderByDescending(t => depthOf[t.Oid]);

    public int IndexOf(Table table) => indexOf[table.Oid];

    public bool InSeededFamily(Table table) => familyOf[table.Oid].Any(t => t.Seeded);

    /// <summary>Whether dirt shows by the heap's size, a rollback's too, rather than by rows.</summary>
    public static bool ShowsBySize(Table table) => table.RemembersDeadRows || table.HidesRows;

    public ResetWay WayOf(Table table)
    {
        var closure = Closure(table);
        var canTruncate = closure.All(t => !t.FiresOn.Contains("truncate")) && closure.All(t => !t.Seeded || !t.FiresOn.Contains("insert"));
        var inCycle = closure.Skip(1).Any(t => t.ReferencedBy.Contains(table.Oid));
        var canDelete = !ShowsBySize(table) && !InSeededFamily(table) && !table.FiresOn.Contains("delete") && (replica || !inCycle);
        return canDelete && canTruncate ? ResetWay.Delete : canTruncate ? ResetWay.Truncate : ResetWay.Taint;
    }

    /// <summary>The tables that have to be truncated with this one, itself first.</summary>
    public IReadOnlyList<Table> Closure(Table table)
    {
        List<Table> closure = [table];
        for (var i = 0; i < closure.Count; i++)
        {
            var partitions = closure[i].IsPartitioned ? Tables.Where(t => t.Parents.Contains(closure[i].Oid)) : [];
            var referencing = closure[i].ReferencedBy.Select(o => byOid.GetValueOrDefault(o)).OfType<Table>();
            foreach (var other in referencing.Concat(partitions).Distinct().Where(t => !closure.Contains(t)).ToList()) closure.Add(other);
        }
        return closure;
    }

    static Dictionary<uint, Table[]> FindFamilies(IReadOnlyList<Table> tables, Dictionary<uint, Table> byOid)
    {
        var leader = tables.ToDictionary(t => t.Oid, t => t.Oid);
        uint Lead(uint oid) => leader[oid] == oid ? oid : leader[oid] = Lead(leader[oid]);
        foreach (var table in tables)
            foreach (var parent in table.Parents.Where(byOid.ContainsKey)) leader[Lead(table.Oid)] = Lead(parent);
        return tables.GroupBy(t => Lead(t.Oid)).SelectMany(g => g.ToArray() is var family ? g.Select(t => (t.Oid, family)) : []).ToDictionary();
    }
}
