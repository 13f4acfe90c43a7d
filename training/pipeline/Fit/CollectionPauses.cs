using System.Runtime;

namespace MnistAdder.Training.Fit;

/// <summary>Keeps the garbage collector to the moments between two steps, as long as it exists.</summary>
/// <remarks>
/// TorchSharp passes the handle of a number or tensor to libtorch and holds the object no longer. A collection at that moment frees it
/// before libtorch has read it: the step fails ("Unknown scalar type", "Expected false to be true"), on a busy machine in one of a dozen
/// runs. So steps are computed in a region without collections, which ends, collects and begins anew where half of its memory is used.
/// </remarks>
internal sealed class CollectionPauses : IDisposable
{
    // A step leaves less than a megabyte.
    private const long Allowance = 64 << 20;

    private long _begun;
    private bool _isOurs;

    /// <summary>Collects what has come together, if it is much. No other thread of the run may be in a call to libtorch.</summary>
    public void BetweenSteps()
    {
        if (_isOurs && IsRegion && GC.GetTotalAllocatedBytes() - _begun < Allowance / 2)
            return;
        End();
        GC.Collect(1);
        GC.WaitForPendingFinalizers();
        _isOurs = !IsRegion && GC.TryStartNoGCRegion(Allowance, disallowFullBlockingGC: true);
        _begun = GC.GetTotalAllocatedBytes();
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    private static bool IsRegion => GCSettings.LatencyMode == GCLatencyMode.NoGCRegion;

    private void End()
    {
        bool isOver = !_isOurs || !IsRegion; // as where a step took more memory than there was
        _isOurs = false;
        if (isOver)
            return;
        try
        {
            GC.EndNoGCRegion();
        }
        catch (InvalidOperationException)
        {
            // Other threads used up the memory just now, which ended it.
        }
    }
}
