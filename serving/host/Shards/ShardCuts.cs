namespace MnistAdder.Scoring.Shards;

/// <summary>Deals the bytes of all inputs out to shards, in their order and as evenly as records allow.</summary>
internal sealed class ShardCuts
{
    /// <summary>Rows of a segment where nobody says how many: some seconds of work for one processor.</summary>
    public const int SegmentRows = 50_000;

    private readonly int _segmentRows;
    private readonly long[] _before; // bytes of the inputs before each, and of all
    private readonly List<Segment>[] _shards;
    private int _current;
    private long _end; // of the current shard, in the bytes of all inputs

    /// <summary>Makes shards without segments.</summary>
    /// <param name="sizes">The inputs' sizes in bytes.</param>
    /// <param name="shards">How many, at least 1.</param>
    /// <param name="segmentRows">Rows of a segment, fewer at the end of a shard or a file.</param>
    public ShardCuts(IReadOnlyList<long> sizes, int shards, int segmentRows)
    {
        _segmentRows = segmentRows;
        _before = new long[sizes.Count + 1];
        for (int i = 0; i < sizes.Count; i++)
            _before[i + 1] = _before[i] + sizes[i];
        _shards = [.. Enumerable.Range(0, shards).Select(_ => new List<Segment>())];
        _end = EndOf(0);
    }

    /// <summary>The shards' segments.</summary>
    public IReadOnlyList<IReadOnlyList<Segment>> Shards => _shards;

    /// <summary>Whether a segment ends before a record.</summary>
    /// <param name="rows">The segment's rows so far.</param>
    /// <param name="input">The input that it is of.</param>
    /// <param name="offset">Where the record begins.</param>
    public bool IsDue(long rows, int input, long offset) => rows >= _segmentRows || _before[input] + offset >= _end;

    /// <summary>Goes to the shard that a segment's first record falls to.</summary>
    /// <param name="input">The input that it is of.</param>
    /// <param name="offset">Where the record begins.</param>
    public void MoveTo(int input, long offset)
    {
        while (_before[input] + offset >= _end)
            _end = EndOf(++_current);
    }

    /// <summary>Adds the segment.</summary>
    public void Add(Segment segment) => _shards[_current].Add(segment);

    // In 128 bits: petabytes times shards.
    private long EndOf(int shard) => (long)((Int128)_before[^1] * (shard + 1) / _shards.Length);
}
