namespace MnistAdder.Fuzzing;

/// <summary>What a run over one target brought.</summary>
internal sealed class FuzzSummary
{
    /// <summary>Cases that were run.</summary>
    public long Cases { get; set; }

    /// <summary>Cases that the parser took.</summary>
    public long Accepted { get; set; }

    /// <summary>Refused cases by the exception's type, or <c>answer</c> where the parser said no without one.</summary>
    public SortedDictionary<string, long> Refused { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Time of all cases.</summary>
    public double Seconds { get; set; }

    /// <summary>Time of the slowest case, mutation excluded.</summary>
    public double SlowestMilliseconds { get; set; }

    /// <summary>The slowest case's number.</summary>
    public long SlowestCase { get; set; }

    /// <summary>The most bytes that one case allocated from the garbage collector.</summary>
    public long MostAllocated { get; set; }

    /// <summary>The process' peak, in bytes.</summary>
    public long PeakBytes { get; set; }

    /// <summary>Different ways in which cases failed; the rest of each kind is not kept.</summary>
    public long Failures { get; set; }
}
