using System.Runtime.ExceptionServices;

namespace MnistAdder.OnnxBatching.Rows;

/// <summary>Rows that travel together through a lane.</summary>
internal abstract class LaneBlock : IDisposable
{
    /// <summary>Rows in the block; once it is scored, those with results.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the rows' results are there, or their failure.</summary>
    public bool IsScored { get; private set; }

    /// <summary>Why the row behind the block's last one has no results.</summary>
    public ExceptionDispatchInfo? Failure { get; private set; }

    /// <summary>Greatest number of rows.</summary>
    protected abstract int Capacity { get; }

    /// <summary>Reads rows until the block is full, or no more are to be had now. Rows read before an exception stay.</summary>
    /// <returns>Whether the input may have more.</returns>
    public bool Fill()
    {
        IsScored = false;
        Failure = null;
        for (Count = 0; Count < Capacity; Count++)
        {
            if (!TryRead(Count))
                return MayGoOn;
        }

        return true;
    }

    /// <summary>Scores the rows; an exception is kept for whoever asks for the row that it belongs to.</summary>
    public void Score()
    {
        try
        {
            Score(Count);
        }
        catch (RowFailedException exception)
        {
            Count = exception.Row;
            Failure = ExceptionDispatchInfo.Capture(exception.InnerException!);
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the thread that reads the results, which rethrows it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Count = 0;
            Failure = ExceptionDispatchInfo.Capture(exception);
        }
    }

    /// <summary>Says that the rows' results are there: what another thread may see from then on.</summary>
    public void SetScored() => IsScored = true;

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Whether an input that has no row now may have one later.</summary>
    protected virtual bool MayGoOn => false;

    /// <summary>Reads the input's next row. One block of an input reads at a time.</summary>
    /// <param name="index">The row's place in the block.</param>
    /// <returns>Whether there was one.</returns>
    protected abstract bool TryRead(int index);

    /// <summary>Scores the rows read. Blocks are scored at the same time, on any thread.</summary>
    /// <param name="count">How many rows, at least 1.</param>
    /// <exception cref="RowFailedException">One row failed; those before it have results.</exception>
    protected abstract void Score(int count);
}
