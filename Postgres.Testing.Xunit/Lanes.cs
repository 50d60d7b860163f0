namespace Postgres.Testing.Xunit;

/// <summary>Gives every running test the lowest lane that is free, which is how a report draws workers over time.</summary>
sealed class Lanes
{
    readonly SortedSet<int> free = [];
    readonly Lock gate = new();
    int count;

    public int Enter()
    {
        lock (gate)
        {
            if (free.Count == 0) return count++;
            var lane = free.Min;
            free.Remove(lane);
            return lane;
        }
    }

    public void Leave(int lane)
    {
        lock (gate) free.Add(lane);
    }
}
