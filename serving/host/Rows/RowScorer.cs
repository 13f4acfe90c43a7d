using System.Collections.Concurrent;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.Scoring.Output;
using MnistAdder.Serving;

namespace MnistAdder.Scoring.Rows;

/// <summary>
/// Rows in, rows with answers out, in the same order: blocks of rows are worked on, as many at once as there are workers; images are decoded and
/// the model is run.
/// </summary>
internal sealed class RowScorer : IDisposable
{
    private readonly float[] _digits = new float[ModelContract.DigitClasses];
    private readonly float[] _sums = new float[ModelContract.SumClasses];
    private readonly byte[] _pixels;
    private readonly BlockLane<InputBlock> _lane;
    private readonly bool _failsOnError;
    private InputBlock? _block;
    private int _next; // in the block

    /// <summary>Begins with the first row.</summary>
    /// <param name="feed">The rows; stopped with the scorer.</param>
    /// <param name="session">The model.</param>
    /// <param name="settings">How images are prepared, and what a row without an answer does.</param>
    /// <param name="replaced">The file that the output will replace, which no row's image may be; null where it replaces none.</param>
    /// <param name="keepsPixels">Whether what the model was given is wanted.</param>
    public RowScorer(RowFeed feed, BatchSession session, ScoringSettings settings, FileIdentity? replaced = null, bool keepsPixels = false)
    {
        _pixels = keepsPixels ? new byte[MnistGeometry.PixelCount] : [];
        _failsOnError = settings.OnError == BadRows.Fail;
        var decoders = new ConcurrentDictionary<string, DigitImageDecoder>();
        DigitImageDecoder DecoderOf(string? folder) => decoders.GetOrAdd(folder ?? "", _ => new DigitImageDecoder(settings.Preprocess) { Folder = folder });
        _lane = new BlockLane<InputBlock>(() => new InputBlock(feed, DecoderOf, session, replaced), session.Workers, stop: feed.Stop);
    }

    /// <summary>The row that came last, valid until the next one is asked for.</summary>
    public OutputRow Current { get; private set; }

    /// <summary>Whether the input paused or ended behind it, so that what there is should reach the output.</summary>
    public bool IsAtPause => _block is { EndsInPause: true } block && _next == block.Count;

    /// <summary>Waits for the next row.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InvalidDataException">The row has no answer, and the settings don't bear that; or the input can't be read on.</exception>
    public bool MoveNext()
    {
        while (_block is null || _next == _block.Count)
        {
            if (_block is not null)
                _lane.Return(_block);
            _next = 0;
            if ((_block = _lane.Take()) is null)
                return false;
        }

        OutputRow row = _block.Result(_next++, _digits, _sums, _pixels);
        if (_failsOnError && row.Error is not null)
            throw new InvalidDataException($"{row.Input.Place}: {row.Error} ({row.Input.Description}).");
        Current = row;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _lane.Dispose();
}
