using System.Diagnostics.CodeAnalysis;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Rows;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Tables;
using MnistAdder.Serving;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Scoring.Rows;

/// <summary>Rows of a table that are scored together: images are decoded and the model is run.</summary>
/// <param name="feed">The rows.</param>
/// <param name="decoderOf">Reads and prepares images of a folder, null for the working directory.</param>
/// <param name="session">The model.</param>
/// <param name="replaced">The file that the output will replace, which no row's image may be; null where it replaces none.</param>
internal sealed class InputBlock(RowFeed feed, Func<string?, DigitImageDecoder> decoderOf, BatchSession session, FileIdentity? replaced) : LaneBlock
{
    private readonly DigitSumBatch _batch = new(session, session.BatchSize(DigitSumSession.RowBytes));
    private readonly InputRow[] _rows = new InputRow[session.BatchSize(DigitSumSession.RowBytes)];

    private DigitImageDecoder? _decoder;
    private InputTable? _table; // whose images it decodes

    /// <summary>Whether the input paused or ended behind the last row, so that what there is should reach the output.</summary>
    public bool EndsInPause { get; private set; }

    /// <inheritdoc/>
    protected override int Capacity => _rows.Length;

    /// <inheritdoc/>
    protected override bool MayGoOn => !feed.IsEnded;

    /// <inheritdoc/>
    protected override bool TryRead(int index)
    {
        InputRow? row = feed.Take(patiently: index == 0);
        if (row is not null)
            _rows[index] = row;
        EndsInPause = row is null || (index == Capacity - 1 && !feed.HasNext());
        return row is not null;
    }

    /// <inheritdoc/>
    protected override void Score(int count)
    {
        for (int i = 0; i < count; i++)
        {
            InputRow row = _rows[i];
            long number = 0;
            string? error = row.Flaw ?? NumberColumn.Parse(row.Number, out number);
            ImageWarnings warnings = ImageWarnings.None;
            DigitImageDecoder decoder = DecoderOf(row.Table);
            RequireOtherThanOutput(row, decoder);
            if (error is null && (row.HasImage ? TryDecode(decoder, row, i, out warnings, out error) : ImagePath.TryRead(decoder, row.ImagePath, _batch.Image(i), out warnings, out error)))
                _batch.Accept(i, number, warnings);
            else
                _batch.Fail(i, error!);
        }

        try
        {
            _batch.Run(count);
        }
        catch (RowFailedException failed)
        {
            throw new RowFailedException(failed.Row, new InvalidOperationException($"{_rows[failed.Row].Place}: {failed.Message}", failed.InnerException));
        }
    }

    /// <summary>A row's answer and what casts doubt on it, or why there is none.</summary>
    /// <param name="index">The row in the block.</param>
    /// <param name="digits">Receives the ten digits' probabilities.</param>
    /// <param name="sums">Receives the nineteen sums' probabilities.</param>
    /// <param name="pixels">Receives what the model was given, unless it is empty.</param>
    public OutputRow Result(int index, float[] digits, float[] sums, byte[] pixels)
    {
        if (_batch.Error(index) is { } error)
            return new OutputRow(_rows[index], null, error, null);
        _batch.CopyDigitProbabilities(index, digits);
        _batch.CopySumProbabilities(index, sums);
        if (pixels.Length > 0)
            _batch.Image(index).CopyTo(pixels);
        return new OutputRow(_rows[index], new Prediction(_batch.Digit(index), digits, _batch.Sum(index), sums), null, _batch.Warning(index), pixels);
    }

    /// <inheritdoc/>
    public override void Dispose() => _batch.Dispose();

    private DigitImageDecoder DecoderOf(InputTable table)
    {
        if (_table != table)
            (_table, _decoder) = (table, decoderOf(table.Folder));
        return _decoder!;
    }

    private bool TryDecode(DigitImageDecoder decoder, InputRow row, int index, out ImageWarnings warnings, [NotNullWhen(false)] out string? error)
    {
        if (!row.Image.IsEmpty)
            return decoder.TryDecode(row.Image, _batch.Image(index), out warnings, out error);
        (warnings, error) = (ImageWarnings.None, "the row has no image");
        return false;
    }

    private void RequireOtherThanOutput(InputRow row, DigitImageDecoder decoder)
    {
        if (replaced is not null && !row.HasImage && ImagePath.StatusOf(decoder, row.ImagePath).Identity == replaced)
            throw new InvalidDataException($"{row.Place}: the image is the output itself, which results would replace; --output takes another name.");
    }
}
