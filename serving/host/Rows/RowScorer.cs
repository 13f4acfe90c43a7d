using Microsoft.ML;
using Microsoft.ML.Data;
using MnistAdder.Scoring.Csv;
using MnistAdder.Scoring.Output;
using MnistAdder.Serving;

namespace MnistAdder.Scoring.Rows;

/// <summary>Reads rows out of the pipeline and writes them, and counts.</summary>
/// <param name="feed">Where rows come from.</param>
/// <param name="scored">The pipeline over the feed's <see cref="ArrivingRows"/>.</param>
/// <param name="names">The columns that the pipeline adds.</param>
internal sealed class RowScorer(RowFeed feed, IDataView scored, DigitSumColumns names)
{
    private long _rows;

    /// <summary>Rows written so far; for any thread.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Rows among them that have an error.</summary>
    public long Failed { get; private set; }

    /// <summary>Scores and writes all rows, and lets them reach the output whenever the input pauses.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="onBadRow">Called with each row that has an error, before it is written.</param>
    /// <exception cref="OperationCanceledException">The feed was stopped.</exception>
    /// <exception cref="InvalidDataException">The file is malformed.</exception>
    public void Run(IRowWriter writer, Action<ScoredRow> onBadRow)
    {
        while (!feed.IsEnded)
        {
            WriteArrived(writer, onBadRow);
            writer.Flush();
        }
    }

    private void WriteArrived(IRowWriter writer, Action<ScoredRow> onBadRow)
    {
        DataViewSchema schema = scored.Schema;
        DataViewSchema.Column row = schema[ArrivingRows.Row], error = schema[names.Error];
        DataViewSchema.Column digit = schema[names.Digit], digitProbabilities = schema[names.DigitProbabilities];
        DataViewSchema.Column sum = schema[names.Sum], sumProbabilities = schema[names.SumProbabilities];
        using DataViewRowCursor cursor = scored.GetRowCursor([row, digit, digitProbabilities, sum, sumProbabilities, error]);
        ValueGetter<CsvRecord> getRow = cursor.GetGetter<CsvRecord>(row);
        ValueGetter<long> getDigit = cursor.GetGetter<long>(digit);
        ValueGetter<VBuffer<float>> getDigitProbabilities = cursor.GetGetter<VBuffer<float>>(digitProbabilities);
        ValueGetter<long> getSum = cursor.GetGetter<long>(sum);
        ValueGetter<VBuffer<float>> getSumProbabilities = cursor.GetGetter<VBuffer<float>>(sumProbabilities);
        ValueGetter<ReadOnlyMemory<char>> getError = cursor.GetGetter<ReadOnlyMemory<char>>(error);

        CsvRecord input = null!; // set by each row's getter
        ReadOnlyMemory<char> reason = default;
        long digitValue = 0, sumValue = 0;
        VBuffer<float> digits = default, sums = default;
        while (cursor.MoveNext())
        {
            getRow(ref input);
            getError(ref reason);
            if (input.Flaw is null && reason.IsEmpty)
            {
                getDigit(ref digitValue);
                getDigitProbabilities(ref digits);
                getSum(ref sumValue);
                getSumProbabilities(ref sums);
                writer.Write(new ScoredRow(input, new Prediction(digitValue, digits, sumValue, sums), null));
            }
            else
            {
                var bad = new ScoredRow(input, null, input.Flaw ?? reason.ToString());
                onBadRow(bad);
                writer.Write(bad);
                Failed++;
            }

            Interlocked.Increment(ref _rows);
        }
    }
}
